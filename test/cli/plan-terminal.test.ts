import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answer, untilAsked, untilShown } from '../helpers/dialog.ts'
import { callsOf, makePlanner, planningFile, searchPlan } from '../helpers/planning.ts'
import { openTerminal } from '../helpers/terminal.ts'

const review = 'What do you think of the plan?'
const plan = 'work/001-search/PLAN.md'
const draft = 'work/001-search/PLAN.draft.md'

test('a goal leads to a plan whose question is answered, which is revised once, approved and run', async () => {
  const revised = searchPlan({ threads: ['Index', 'Page'] })
  const workspace = await makePlanner(searchPlan({ questions: ['Which engine?'] }), revised)
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'plan Search', [
    [review, 'Enter'],
    ['Which engine?', 'SQLite, with FTS.', 'Enter'],
  ])
  await untilShown(terminal, '▸ Approve · make it PLAN.md')
  const screen = terminal.screen()
  expect(screen).toContain('1 stage, 1 batch, 1 thread, 1 task.')
  expect(screen).toMatch(/01\.01\.01 Index \(1\)\n +Do Index\./)
  expect(screen).toContain('Threads by agent: default 1.')
  expect(screen).toContain('PLAN.draft.md:13: stage 01: Which engine?')
  expect(workspace.read(draft)).toContain('- [x] Which engine? SQLite, with FTS.\n')
  terminal.press('Down')
  terminal.press('Enter')
  await untilAsked(terminal, 'What should change in the plan?')
  terminal.type('Add a page.')
  terminal.press('Enter')
  await untilShown(terminal, '1 stage, 1 batch, 2 threads, 2 tasks.')
  await untilShown(terminal, '▸ Approve · make it PLAN.md')
  terminal.press('Enter')
  await untilShown(terminal, 'Plan approved: 2 threads with 2 tasks.')
  await untilShown(terminal, '\nexit code 0')
  expect(workspace.read(plan)).toBe(revised)
  expect(callsOf(workspace)[1]).toContain('Add a page.')
  // What the user had answered is a version of its own.
  expect(workspace.read('work/001-search/planning/versions/001.md')).toContain('SQLite, with FTS.')
  await answer(terminal, 'run', [])
  await untilShown(terminal, 'Ran 2 threads')
})

test('a draft is left, edited by hand, and approved later; what is invalid is shown and asked about', async () => {
  const workspace = await makePlanner(searchPlan())
  const editor = join(workspace.root, 'editor.sh')
  workspace.write('editor.sh', 'sed -i "$(cat edit.sed)" "$1"\n')
  workspace.write('edit.sed', 's/^## Summary/## Sum/')
  const terminal = openTerminal(workspace, { rows: 60 })
  terminal.type(`export EDITOR='sh ${editor}'`)
  terminal.press('Enter')
  await answer(terminal, 'plan Search', [[review, 'Down', 'Down', 'Enter']])
  await untilShown(terminal, 'PLAN.draft.md has 1 problem:')
  expect(callsOf(workspace)).toHaveLength(1)
  workspace.write('edit.sed', 's/^## Sum$/## Summary/')
  await untilAsked(terminal, 'What do you want to do?')
  for (const key of ['Down', 'Down', 'Enter']) terminal.press(key)
  await untilShown(terminal, '▸ Approve')
  terminal.press('Escape')
  await untilShown(terminal, '\nexit code 0')
  expect(terminal.screen()).toContain(`The plan is in ${plan}, not approved.`)
  expect(workspace.read(plan)).toBe(searchPlan())
  expect(existsSync(join(workspace.root, draft))).toBe(false)
  await answer(terminal, 'plan', [[review]])
  const renamed = await workspace.work('rename', 'search', 'other')
  expect(renamed.stderr).toContain('001-search is being planned by process')
  terminal.press('Enter')
  await untilShown(terminal, 'Plan approved: 1 thread with 1 task.')
  expect(callsOf(workspace)).toHaveLength(1)
  expect((await workspace.work('rename', 'search', 'other')).code).toBe(0)
  expect((await workspace.work('logs', 'plan')).stdout).toBe('call 1\n')
  expect(planningFile(workspace, '001-other').planning?.requests.map(({ kind }) => kind)).toEqual([
    'goal',
    'edit',
    'edit',
  ])
})

test('an agent that fails is replaced by another one', async () => {
  const workspace = await makePlanner({ program: 'process.exit(3)' }, searchPlan())
  const { agents } = JSON.parse(workspace.read('work/agents.yaml'))
  workspace.write('work/agents.yaml', { agents: [...agents, { ...agents[0], name: 'other' }] })
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'plan Search', [
    ['What do you want to do?', 'Down', 'Enter'],
    ['Which agent?', 'Down', 'Enter'],
    [review, 'C-c'],
  ])
  await untilShown(terminal, '\nexit code 130')
  expect(terminal.screen()).toContain('did not complete the draft: failed: exit code 3')
  expect(workspace.read(draft)).toBe(searchPlan())
})

test('what an approval would do to threads that have run is shown before, and asked', async () => {
  const other = searchPlan({ threads: ['Index of pages'] })
  const workspace = await makePlanner(searchPlan(), null, other)
  const terminal = openTerminal(workspace, { rows: 60 })
  await answer(terminal, 'plan Search', [[review, 'Enter']])
  await untilShown(terminal, '\nexit code 0')
  await answer(terminal, 'run', [])
  await untilShown(terminal, '\nexit code 0')
  await answer(terminal, "plan --revise 'Name it better.'", [[review]])
  const screen = terminal.screen()
  expect(screen).toContain('What the draft changes in PLAN.md:')
  expect(screen).toContain('+###### Thread 01: Index of pages')
  expect(screen).toContain('What becomes of the threads:')
  expect(screen).toContain('01.01.01 "Index of pages" (PLAN.md:15): was "Index"')
  terminal.press('Enter')
  await untilAsked(terminal, '01.01.01 "Index of pages" (PLAN.md:15) was "Index". Which is it?')
  terminal.press('Escape')
  await untilAsked(terminal, review)
  expect(workspace.read(plan)).toBe(searchPlan())
  expect(workspace.read(draft)).toBe(other)
  terminal.press('Enter')
  await untilAsked(terminal, '01.01.01 "Index of pages" (PLAN.md:15) was "Index". Which is it?')
  terminal.press('Enter')
  await untilShown(terminal, '\nexit code 0')
  expect(workspace.read(plan)).toBe(other)
  expect(JSON.parse(workspace.read('work/001-search/tasks.json')).tasks).toMatchObject([
    { thread_name: 'Index of pages', status: 'completed' },
  ])
})

test('what the user has edited is kept when the agent repairs it', async () => {
  const workspace = await makePlanner(searchPlan(), searchPlan({ threads: ['Page'] }))
  workspace.write('editor.sh', 'echo "### Stage 02: Mine" >> "$1"\n')
  const terminal = openTerminal(workspace, { rows: 60 })
  terminal.type(`export EDITOR='sh ${join(workspace.root, 'editor.sh')}'`)
  terminal.press('Enter')
  await answer(terminal, 'plan Search', [
    [review, 'Down', 'Down', 'Enter'],
    ['What do you want to do?', 'Enter'],
  ])
  await untilShown(terminal, '01.01.01 Page (1)')
  expect(callsOf(workspace)[1]).toContain('Stage 02')
  const versions = planningFile(workspace).planning?.versions ?? []
  expect(versions.map(({ by }) => by)).toEqual(['agent', 'user'])
  expect(workspace.read('work/001-search/planning/versions/002.md')).toContain('### Stage 02: Mine')
})
