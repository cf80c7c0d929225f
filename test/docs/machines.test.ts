import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { charts } from '../../src/diagram/charts.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(join(root, 'docs/machines.md'), 'utf8')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'work-docs-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
})

it('docs/machines.md and docs/img show the machines as they are: else `npm run docs:diagrams`', () => {
  cpSync(join(root, 'docs/machines.md'), join(folder, 'machines.md'))
  draw()
  expect(readFileSync(join(folder, 'machines.md'), 'utf8')).toBe(page)
  const pictures = Object.keys(charts).map((name) => `${name}.svg`)
  expect(readdirSync(join(folder, 'img')).toSorted()).toEqual(pictures.toSorted())
  for (const name of pictures) {
    expect(readFileSync(join(folder, 'img', name), 'utf8'), name).toBe(
      readFileSync(join(root, 'docs/img', name), 'utf8'),
    )
  }
})

it('drawing again changes only the pictures, and adds a section for a chart that has none', () => {
  writeFileSync(join(folder, 'machines.md'), 'Before.\n\n<!-- chart: run -->\nold\n<!-- end -->\n\nAfter.\n')
  draw()
  const text = readFileSync(join(folder, 'machines.md'), 'utf8')
  expect(text).toMatch(/^Before\.\n\n<!-- chart: run -->\n\n```mermaid\n[^]*?\n<!-- end -->\n\nAfter\.\n/)
  expect(text).not.toContain('old')
  expect(text).toContain('## The chart of thread\n\n<!-- chart: thread -->\n\n```mermaid')
})

it.each(Object.keys(charts))('docs/machines.md says in words what the chart of %s is about', (name) => {
  const [before = ''] = page.split(`<!-- chart: ${name} -->`)
  const section = before.slice(before.lastIndexOf('\n## '))
  expect(section.length).toBeGreaterThan(300)
  expect(section).toContain('snapshot')
})

function draw(): void {
  execFileSync(process.execPath, [join(root, '.config/draw-machines.mjs'), folder])
}
