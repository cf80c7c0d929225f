import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { sourceStack } from '../../src/files/source-positions.ts'
import { bugSentence, makeRepository } from '../helpers/cli.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const main = join(root, 'dist', 'main.js')

/** Loaded before `work`: writing to standard output throws what no code of `work` expects. */
const plantedBug = `process.stdout.write = () => { throw new TypeError('planted') }`

test('the report of a bug names the line of the source that failed', () => {
  const workspace = makeRepository()
  const planted = `data:text/javascript,${encodeURIComponent(plantedBug)}`
  const { status, stderr } = spawnSync(process.execPath, ['--import', planted, main, 'schema', 'index'], {
    cwd: workspace.root,
    env: { PATH: process.env['PATH'], HOME: workspace.home },
    encoding: 'utf8',
  })
  expect([status, stderr.split('\n')[0]]).toEqual([1, 'Error: planted'])
  expect(stderr).toContain(bugSentence)
  const frames = [...stderr.matchAll(/(src\/[\w/-]+\.ts):(\d+):\d+/g)].map(([, file = '', line]) => {
    const text = readFileSync(join(root, file), 'utf8').split('\n')[Number(line) - 1] ?? ''
    return `${file}: ${text.trim()}`
  })
  expect(frames[0]).toMatch(/^src\/cli\/\S+: .*\.write\(/)
  expect(frames).toContainEqual(expect.stringMatching(/^src\/main\.ts: .*runCommandLine/))
  expect(stderr).not.toMatch(/dist\/(main|chunk)\S*\.js:/)
})

test('a position in a file without a map stays as it is', () => {
  const stack = `Error: no map\n    at a (file://${root}none.js:1:2)\n    at node:internal/main:3:4\n    at ${root}none.js:5:6`
  expect(sourceStack(stack)).toBe(stack)
})
