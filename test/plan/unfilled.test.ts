import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { planTemplate } from '../../src/plan/template.ts'
import { isUnfilled } from '../../src/plan/unfilled.ts'

const template = planTemplate({
  name: 'a',
  streamId: '001-a',
  date: '2026-02-03',
  stages: 2,
  version: '1.0.0',
})

describe('a template', () => {
  it('is unfilled as long as nobody has written anything', () => {
    expect(isUnfilled(template)).toBe(true)
    expect(isUnfilled(template.replaceAll('\n', '\r\n'))).toBe(true)
    expect(isUnfilled('')).toBe(true)
  })

  it.each(['bugfix', 'feature', 'migration', 'refactor'])('%s is unfilled as it comes with work', (name) => {
    const path = fileURLToPath(new URL(`../../docs/templates/${name}.md`, import.meta.url))
    expect(isUnfilled(readFileSync(path, 'utf8'))).toBe(true)
  })

  it.each([
    ['a stage', '<!-- Stage Name -->', 'Setup'],
    ['a batch', '<!-- Batch Name -->', 'Core'],
    ['a thread', '<!-- Thread Name -->', 'Parser'],
    [
      'the summary',
      '<!-- What should be true at the end, and why, in a few sentences. -->',
      'Pages are found.',
    ],
    ['an input', '<!-- What the stage starts from. -->', '- docs/a.md'],
    ['words beside a comment', '<!-- What this stage achieves. -->', 'Soon. <!-- more -->'],
  ])('is filled once it has %s', (_, comment, words) => {
    expect(template).toContain(comment)
    expect(isUnfilled(template.replace(comment, words))).toBe(false)
  })

  it('is not what somebody wrote without the form of a plan', () => {
    expect(isUnfilled('# Plan: mine\n\nFirst the parser, then the rest.\n')).toBe(false)
  })
})
