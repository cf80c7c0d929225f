import { describe, expect, it } from 'vitest'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'

const sound = `# Plan: Demo

## Summary

Show it.

## Stages

### Stage 01: Begin

#### Stage Constitution

**Inputs:**
- \`docs/there.md\`
- \`docs/missing.md\`

#### Stage Questions

- [ ] Which colour?

#### Stage Batches

##### Batch 01: Core

###### Thread 01: Parser

**Summary:**
Parse.

**Details:**
- [ ] Write it
`

const broken = sound.replace('###### Thread 01: Parser', '###### Thread 01:').replace('Show it.', '')

describe('work validate plan', () => {
  it('finds a sound plan valid', async () => {
    expect(await withPlan(sound).work('validate', 'plan')).toMatchObject({
      code: 0,
      stdout: 'The plan of 001-demo is valid.\n',
      stderr: '',
    })
  })

  it('names every problem at once with its line, and exits with 1', async () => {
    const workspace = withPlan(broken)
    const { code, stdout } = await workspace.work('validate', 'plan')
    expect(code).toBe(1)
    expect((await workspace.work('validate')).stdout).toBe(stdout)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^PLAN\.md:3: error: The summary of the plan is empty\. Write/),
      expect.stringMatching(/^PLAN\.md:25: error: Thread 01 has no name/),
      'The plan of 001-demo has 2 errors.',
      '',
    ])
  })

  it('prints them as values with --json', async () => {
    const { code, json } = await withPlan(broken).work('validate', 'plan', '--json')
    expect(code).toBe(1)
    expect(json()).toMatchObject({
      valid: false,
      problems: [
        {
          severity: 'error',
          code: 'no-summary',
          line: 3,
          message: expect.any(String),
          hint: expect.any(String),
        },
        { severity: 'error', line: 25 },
      ],
    })
  })

  it('says that PLAN.md is missing', async () => {
    expect(await makeWorkspace().work('validate', 'plan')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('work/001-demo/PLAN.md is missing.'),
    })
  })
})

describe('work check plan', () => {
  it('warns of open questions and missing inputs, and lets the plan pass', async () => {
    const workspace = withPlan(sound)
    workspace.write('docs/there.md', '')
    const { code, stdout } = await workspace.work('check', 'plan')
    expect(code).toBe(0)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^PLAN\.md:15: warning: Stage 01 lists the input docs\/missing\.md/),
      expect.stringMatching(/^PLAN\.md:19: warning: Stage 01 asks: "Which colour\?"/),
      'The plan of 001-demo is valid, with 2 warnings.',
      '',
    ])
  })

  it('fails on errors, among the warnings in the order of the lines', async () => {
    const { code, json } = await withPlan(broken).work('check', 'plan', '--json')
    expect(code).toBe(1)
    expect(json()).toMatchObject({
      valid: false,
      problems: [{ line: 3 }, { line: 14 }, { line: 15 }, { line: 19 }, { line: 25 }],
    })
  })
})

it.each(['validate', 'check'])('work %s accepts only plan', async (command) => {
  expect(await withPlan(sound).work(command, 'tasks')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: `Error: work ${command} takes "plan", not "tasks".\n  → work ${command} plan\n`,
  })
})

describe('a plan with a line that nests too deep', () => {
  const text = `${sound}  ${'1. '.repeat(5000)}\n`
  const words = 'This line nests more than 32 quotes and list items. Remove some of its ">"'

  it.each([
    ['validate plan', 1],
    ['check plan', 1],
    ['approve plan', 2],
    ['tasks generate', 2],
    ['add-stage --stage 1 --name X --description Y', 2],
    ['add-batch --stage 1 --name X --thread Y', 2],
    ['add-thread --batch 1.1 --name X', 2],
    ['add-task --thread 1.1.1 --name X', 2],
  ])('work %s names the line, and changes nothing', async (command, code) => {
    const workspace = withPlan(text)
    const result = await workspace.work(...command.split(' '))
    expect(result.stdout + result.stderr).toContain('PLAN.md:32: ')
    expect(result.stdout + result.stderr).toContain(words)
    expect(result.code).toBe(code)
    expect(workspace.read('work/001-demo/PLAN.md')).toBe(text)
    expect(workspace.readTasks()).toMatchObject({ tasks: [] })
  })

  it('is refused where a text would make one', async () => {
    const workspace = withPlan(sound)
    const summary = '> '.repeat(50) + 'x'
    const result = await workspace.work('add-thread', '--batch', '1.1', '--name', 'X', '--summary', summary)
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(`PLAN.md:36: ${words}`) })
    expect(workspace.read('work/001-demo/PLAN.md')).toBe(sound)
  })
})

function withPlan(text: string): TestWorkspace {
  const workspace = makeWorkspace()
  workspace.write('work/001-demo/PLAN.md', text)
  return workspace
}
