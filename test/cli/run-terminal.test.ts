import { describe, expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { answer, untilAsked, untilShown } from '../helpers/dialog.ts'
import { makeFailed, traceOf } from '../helpers/failed.ts'
import { makeApproved } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { planText } from '../builders/plan.ts'
import { agents, makeDraft, twoStages } from '../helpers/draft.ts'

function indexOf(workspace: TestWorkspace): unknown {
  return JSON.parse(workspace.read('work/index.json'))
}

describe('work run on a terminal', () => {
  const approve = 'Approve the plan and run it?'
  const nextStage = 'Approve stage 01 and continue?'

  test('leads from a new plan to its end: it asks for the approval of the plan, and of the stage', async () => {
    const workspace = await makeDraft()
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'run', [[approve, 'Enter']])
    await untilAsked(terminal, nextStage)
    const screen = terminal.screen()
    expect(screen).toContain('2 stages, 2 batches, 3 threads, 4 tasks.')
    expect(screen).toContain('Plan approved: 3 threads with 4 tasks.')
    expect(traceOf(workspace).toSorted()).toEqual(['01.01.01', '01.01.02'])
    terminal.press('y')
    await untilShown(terminal, '\nexit code 0')
    expect(traceOf(workspace).at(-1)).toBe('02.01.01')
    expect(indexOf(workspace)).toMatchObject({
      streams: [
        {
          approval: {
            status: 'approved',
            tasks: { status: 'approved' },
            stages: { 1: { status: 'approved' } },
          },
        },
      ],
    })
  })

  test('approves and starts nothing when the answer is no, Escape or Ctrl-C', async () => {
    const workspace = await makeDraft()
    const before = workspace.read('work/index.json')
    const terminal = openTerminal(workspace, { rows: 60 })
    const ways = [
      ['n', 'Aborted'],
      ['Escape', 'Aborted'],
      ['C-c', 'Cancelled'],
    ] as const
    for (const [key, word] of ways) {
      await answer(terminal, 'run', [[approve, key]])
      await untilShown(terminal, '\nexit code ')
      expect(terminal.screen()).toContain(`${word}: nothing was started.\nexit code 130`)
    }
    expect(workspace.read('work/index.json')).toBe(before)
    expect(traceOf(workspace)).toEqual([])
  })

  test('says why when a plan was changed after its approval, and approves it again', async () => {
    const workspace = await makeApproved(twoStages, agents)
    workspace.write('work/001-demo/PLAN.md', `${twoStages}\n\nAnd no more.\n`)
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'run', [[approve, 'Enter']])
    await untilAsked(terminal, nextStage)
    expect(terminal.screen()).toContain('PLAN.md of 001-demo was changed after it was approved on ')
    expect(traceOf(workspace)).toHaveLength(2)
    terminal.press('Enter')
    await untilShown(terminal, '\nexit code 0')
  })

  test('leaves a stage that is not approved, with Enter, and says how to approve it', async () => {
    const workspace = await makeApproved(twoStages, agents)
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'run', [[nextStage, 'Enter']])
    await untilShown(terminal, '\nexit code 0')
    expect(terminal.screen()).toContain('→ work approve stage 1')
    expect(traceOf(workspace)).toHaveLength(2)
  })

  test('names open questions before it approves a plan that has some', async () => {
    const workspace = await makeDraft(planText([[[['Ship']]]], { questions: '- [ ] Which port?' }))
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'run', [])
    await untilAsked(terminal, 'Approve the plan despite 1 open question and run it?')
    expect(terminal.screen()).toMatch(/PLAN\.md:\d+: stage 01: Which port\?/)
    terminal.press('Enter')
    await untilShown(terminal, '\nexit code 0')
    expect(traceOf(workspace)).toEqual(['01.01.01'])
  })

  test('asks before it retries what failed', async () => {
    const workspace = await makeFailed()
    workspace.write('mended', '')
    const terminal = openTerminal(workspace, { rows: 60 })
    await answer(terminal, 'run', [['2 threads failed. What do you want to do?', 'Enter']])
    await untilAsked(terminal, nextStage)
    expect(terminal.screen()).toContain('Reports\n  01.01.02.01 Sign in: Set up.\n')
    expect(traceOf(workspace).slice(3)).toHaveLength(3)
    terminal.press('Enter')
    await untilShown(terminal, '\nexit code 0')
  })
})
