import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { task } from '../builders/records.ts'

const plan = `# Plan: Demo

## Summary

Show it.

## Stages

### Stage 01: Begin

#### Stage Batches

##### Batch 01: Core

###### Thread 01: Parser

**Summary:**
Parse the plan.

###### Thread 02: Writer

**Summary:**
Write the plan.
`

const first = 'work/001-demo/prompts/01-stage-01/01-batch-01-01/01-thread-01-01-01.md'
const second = 'work/001-demo/prompts/01-stage-01/01-batch-01-01/02-thread-01-01-02.md'

it('work prompt writes the prompt of every thread that is not done and prints their paths', async () => {
  const { work, read } = withPlan()
  const { code, stdout, stderr } = await work('prompt')
  expect({ code, stdout, stderr }).toEqual({
    code: 0,
    stdout: `${first}\n${second}\n`,
    stderr: '1 thread is done and left alone.\n',
  })
  expect(read(first)).toContain('Parse the plan.')
  expect(read(first)).toContain('- [ ] 01.01.01.01 Do 01.01.01.01')
})

it.each([
  [['--thread', '1.1.2'], [second]],
  [
    ['--batch', '01.01', '--stage', '1'],
    [first, second],
  ],
])('work prompt with %j writes only %j', async (scope, prompts) => {
  const { work, root } = withPlan()
  expect((await work('prompt', '--json', ...scope)).json()).toEqual({ prompts })
  expect(existsSync(join(root, first))).toBe(prompts.includes(first))
})

it('work prompt warns when PLAN.md has errors, and writes the rest', async () => {
  const { work, write, root } = withPlan()
  write('work/001-demo/PLAN.md', plan.replace('Show it.', ''))
  const { code, stderr } = await work('prompt', '--thread', '1.1.1')
  expect(code).toBe(0)
  expect(stderr).toContain('Warning: PLAN.md has 1 error, so')
  expect(readFileSync(join(root, first), 'utf8')).toContain('Parse the plan.')
})

it('work prompt refuses a thread that there is not, and writes nothing', async () => {
  const { work, stream } = withPlan()
  expect(await work('prompt', '--thread', '1.1.4')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Thread 01.01.04 not found. Nearest: 01.01.01, 01.01.02.'),
  })
  expect(existsSync(stream.prompts)).toBe(false)
})

it('work prompt says what to do where there are no tasks yet', async () => {
  const workspace = makeWorkspace()
  workspace.write('work/001-demo/PLAN.md', plan)
  expect(await workspace.work('prompt')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('001-demo has no tasks yet.'),
  })
})

function withPlan(): TestWorkspace {
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01' }),
    task({ id: '01.01.02.01' }),
    task({ id: '01.02.01.01', status: 'completed' }),
  ])
  workspace.write('work/001-demo/PLAN.md', plan)
  return workspace
}
