import { describe, expect, test } from 'vitest'
import { applyDifferences } from '../../../src/approval/changes/apply.ts'
import { compareWithTasks } from '../../../src/approval/changes/plan-changes.ts'
import { recordPlan } from '../../../src/approval/changes/record.ts'
import { requireSnapshot } from '../../../src/threads/snapshot.ts'
import { isPending, moveStageApprovals } from '../../../src/approval/changes/stage-moves.ts'
import { threadsOf } from '../../../src/threads/thread.ts'
import { noAnswers, type Answers } from '../../../src/plan/compare/answers.ts'
import type { Plan } from '../../../src/plan/plan.ts'
import type { Approval } from '../../../src/store/index/index-file.ts'
import type { TasksFile } from '../../../src/store/tasks/schema.ts'
import { runningSession, task, tasksFile } from '../../builders/records.ts'
import { envelope } from '../../builders/threads.ts'

/** `[['A', ['a', 'b']], …]`: stages of one batch, with threads of one step each. */
type Sketch = [string, string[]][]

function planOf(sketch: Sketch): Plan {
  const stages = sketch.map(([name, threads], index) => {
    const id = `0${index + 1}`
    const batch = { id: `${id}.01`, number: 1, name: 'Batch', line: 1, summary: '' }
    return {
      id,
      number: index + 1,
      name,
      line: 1,
      definition: '',
      constitution: '',
      questions: [],
      batches: [
        {
          ...batch,
          threads: threads.map((thread, at) => ({
            id: `${id}.01.0${at + 1}`,
            number: at + 1,
            name: thread,
            line: 10 * (at + 1),
            summary: '',
            details: '',
            steps: [{ text: `do ${thread}`, line: 1, checked: false }],
          })),
        },
      ],
    }
  })
  return { name: 'P', line: 1, summary: '', references: [], stages }
}

/** A file in which each thread of the plan ran and is completed. */
function ranFile(sketch: Sketch): TasksFile {
  const plan = planOf(sketch)
  const threads = plan.stages.flatMap((stage) => stage.batches.flatMap((batch) => batch.threads))
  const stageOf = (id: string) => plan.stages.find((stage) => id.startsWith(stage.id))?.name ?? ''
  const file = tasksFile(
    threads.map(({ id, name }) =>
      task({
        id: `${id}.01`,
        name: `do ${name}`,
        status: 'completed',
        stage_name: stageOf(id),
        batch_name: 'Batch',
        thread_name: name,
        assigned_agent: `agent of ${name}`,
        sessions: [runningSession({ sessionId: `ses_${name}`, status: 'completed', log: `logs/${id}/1` })],
      }),
    ),
    {
      threads: Object.fromEntries(
        threads.map(({ id }) => [id, envelope('completed', { threadId: id, settledBy: 'session' })]),
      ),
    },
  )
  recordPlan(file, plan, 'old')
  return file
}

function follow(file: TasksFile, sketch: Sketch, answers: Partial<Answers> = {}, appliedAt?: string): void {
  const plan = planOf(sketch)
  const differences = compareWithTasks(file, plan, { ...noAnswers, ...answers })
  expect(differences.filter(({ isOpen }) => isOpen)).toEqual([])
  applyDifferences(file, differences, { at: `at ${sketch.length}`, appliedAt })
  recordPlan(file, plan, `hash of ${sketch.length}`)
}

/** Every thread with its name, session, log and agent; each can be restored. */
function brief(file: TasksFile): string[] {
  return threadsOf(file).map((thread) => {
    requireSnapshot(thread)
    const [last] = thread.sessions
    const { assigned_agent: agent } = thread.tasks[0]
    return `${thread.id} ${thread.stage}/${thread.name} ${last?.sessionId} ${last?.log} ${agent}`
  })
}

describe('a plan that was renumbered', () => {
  test.each<[string, Sketch, Sketch, string[]]>([
    [
      'two threads swapped',
      [['A', ['a', 'b']]],
      [['A', ['b', 'a']]],
      ['01.01.01 A/b ses_b logs/01.01.02/1 agent of b', '01.01.02 A/a ses_a logs/01.01.01/1 agent of a'],
    ],
    [
      'a thread in front',
      [['A', ['a', 'b']]],
      [['A', ['n', 'a', 'b']]],
      ['01.01.02 A/a ses_a logs/01.01.01/1 agent of a', '01.01.03 A/b ses_b logs/01.01.02/1 agent of b'],
    ],
    [
      'a stage in front',
      [['A', ['a']]],
      [
        ['N', ['n']],
        ['A', ['a']],
      ],
      ['02.01.01 A/a ses_a logs/01.01.01/1 agent of a'],
    ],
  ])('keeps the history with each thread: %s', (_, before, after, expected) => {
    const file = ranFile(before)
    follow(file, after, { renumber: true })
    expect(brief(file)).toEqual(expected)
    expect(compareWithTasks(file, planOf(after)).every(({ isOpen }) => !isOpen)).toBe(true)
  })

  test('sets dropped and replaced threads aside completely', () => {
    const file = ranFile([['A', ['a', 'b']]])
    follow(file, [['A', ['c']]], { fresh: new Set(['01.01.01']), drop: new Set(['01.01.02']) })
    expect(threadsOf(file)).toEqual([])
    expect(file.threads).toEqual({})
    expect(file.dropped_threads).toMatchObject([
      {
        id: '01.01.01',
        name: 'a',
        tasks: [{ sessions: [{ sessionId: 'ses_a' }] }],
        chart: { machine: 'thread' },
      },
      { id: '01.01.02', name: 'b', tasks: [{ sessions: [{ sessionId: 'ses_b' }] }] },
    ])
  })

  test('gives a thread that never ran its tasks from the plan again, and keeps its agent', () => {
    const file = tasksFile([
      task({ id: '01.01.01.01', name: 'do old', thread_name: 'a', stage_name: 'A', assigned_agent: 'x' }),
    ])
    file.plan = { hash: 'old', threads: { '01.01.01': { name: 'a', line: 1 } } }
    follow(file, [['A', ['a']]])
    expect(file.tasks).toMatchObject([
      { id: '01.01.01.01', name: 'do a', assigned_agent: 'x', status: 'pending' },
    ])
  })
})

describe('the approval of a stage', () => {
  const given: Approval = { status: 'approved', stages: { '1': { status: 'approved', approved_at: 'then' } } }

  test.each<[string, Sketch, Sketch, Partial<Answers>, Record<string, string>]>([
    ['stays when nothing moves', [['A', ['a']]], [['A', ['a', 'n']]], {}, { '1': 'A' }],
    [
      'goes with it when one is put in front',
      [['A', ['a']]],
      [
        ['N', ['n']],
        ['A', ['a']],
      ],
      { renumber: true },
      { '2': 'A' },
    ],
    ['follows its new name', [['A', ['a']]], [['A2', ['a']]], {}, { '1': 'A2' }],
    [
      'goes when the stage is dropped',
      [
        ['A', ['a']],
        ['B', ['b']],
      ],
      [['B', ['b']]],
      { renumber: true, drop: new Set(['01.01.01']) },
      {},
    ],
  ])('%s', (_, before, after, answers, expected) => {
    const file = ranFile(before)
    follow(file, after, answers)
    const approval = structuredClone(given)
    moveStageApprovals(approval, file)
    const names = Object.entries(approval.stages ?? {}).map(([number, { name }]) => [number, name])
    expect(Object.fromEntries(names)).toEqual(expected)
    expect(isPending(file, approval.renumbered_at)).toBe(false)
    const again = structuredClone(approval)
    moveStageApprovals(again, file)
    expect(again).toEqual(approval)
  })

  test('catches up with two renumberings when the first was cut off before index.json was written', () => {
    const file = ranFile([['A', ['a']]])
    follow(
      file,
      [
        ['N', ['n']],
        ['A', ['a']],
      ],
      { renumber: true },
    )
    expect(isPending(file, given.renumbered_at)).toBe(true)
    follow(
      file,
      [
        ['M', ['m']],
        ['N', ['n']],
        ['A', ['a']],
      ],
      { renumber: true },
      given.renumbered_at,
    )
    const approval = structuredClone(given)
    moveStageApprovals(approval, file)
    expect(approval.stages).toEqual({ '3': { status: 'approved', approved_at: 'then', name: 'A' } })
  })
})
