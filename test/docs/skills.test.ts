import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { parsePlan } from '../../src/plan/parse/parse.ts'

const names = ['planning-workstreams', 'implementing-workstreams']

test.each(names)('%s begins as opencode wants it of a skill', (name) => {
  const [, frontMatter = ''] = /^---\n(.*?)\n---\n/s.exec(skill(name)) ?? []
  const { description, ...rest }: Record<string, unknown> = parse(frontMatter)
  expect(rest).toEqual({ name, metadata: { source: 'workstreams' } })
  expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  expect(description).toMatch(/^Use when .{20,1000}$/)
})

test('the plan in the skill is valid as it is', () => {
  const [, , text = ''] = /^(`{3,})markdown\n(.*?)^\1$/ms.exec(skill('planning-workstreams')) ?? []
  const { plan, problems } = parsePlan(text)
  expect(problems).toEqual([])
  expect(plan.stages).toHaveLength(1)
})

test('the prompt of a thread names a skill that there is', () => {
  const prompt = readFileSync(new URL('../../src/prompts/prompt.ts', import.meta.url), 'utf8')
  const named = [...prompt.matchAll(/Use the \\`([\w-]+)\\` skill/g)].map(([, name]) => name)
  expect(named).toEqual(['implementing-workstreams'])
  expect(names).toContain(named[0])
})

function skill(name: string): string {
  return readFileSync(new URL(`../../docs/skills/${name}/SKILL.md`, import.meta.url), 'utf8')
}
