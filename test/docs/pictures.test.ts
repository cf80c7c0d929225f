import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const folder = fileURLToPath(new URL('../../docs/img', import.meta.url))
const pictures = readdirSync(folder).filter((name) => name.endsWith('.svg'))

test.each(pictures)('%s has no spaces that a browser leaves out, which would move its words', (name) => {
  const svg = readFileSync(`${folder}/${name}`, 'utf8')
  const texts = Array.from(svg.matchAll(/<text[^>]*>([^<]*)</g), ([, text = '']) => text)
  expect(texts.length).toBeGreaterThan(10)
  expect(texts.filter((text) => / {2}|^ | $/.test(text))).toEqual([])
})
