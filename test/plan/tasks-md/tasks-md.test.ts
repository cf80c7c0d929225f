import { describe, expect, test } from 'vitest'
import { type TaskStatus, taskStatuses } from '../../../machines/statuses.ts'
import { formatId } from '../../../src/ids.ts'
import { formatProblem } from '../../../src/plan/problem.ts'
import type { ListedTask } from '../../../src/plan/tasks-md/listed-task.ts'
import { parseTasksMd, renderTasksMd } from '../../../src/plan/tasks-md/tasks-md.ts'
import { brief, seededRandom } from '../../builders/plan.ts'

type Task = Omit<ListedTask, 'line'>

function task(id: string, over: Partial<Task> = {}): Task {
  const names = { stage_name: 'Setup', batch_name: 'Core', thread_name: 'Parser' }
  return { id, name: 'Do it', status: 'pending', ...names, ...over }
}

/** The tasks that are read back, without their lines. */
function roundTrip(tasks: Task[]): Task[] {
  const { tasks: found, problems } = parseTasksMd(renderTasksMd('name', tasks))
  expect(problems).toEqual([])
  return found.map(({ line: _, ...rest }) => rest)
}

const listed = `# Tasks: parcel

## Stage 01: Setup

### Batch 01: Core

#### Thread 01: Parser @agent:systems-engineer
- [ ] Task 01.01.01.01: Write it
- [~] Task 01.01.01.02: Test it
  > Report: half done
  >
  >   the rest tomorrow

#### Thread 02: Parser
- [x] Task 01.01.02.01: Write it again
- [!] Task 01.01.02.02: Ask
  > Report: nobody answers

## Stage 02: Setup

### Batch 00: Core

#### Thread 01: Parser @agent:@agent:
- [-] Task 02.00.01.01: Forget it
`

describe('a TASKS.md', () => {
  test('is read with every status, agents, reports of several lines, and keeps threads of the same name apart', () => {
    const { tasks, problems } = parseTasksMd(listed)
    expect(problems).toEqual([])
    expect(tasks.map(({ line, id, status, name }) => `${line} ${id} ${status} ${name}`)).toEqual([
      '8 01.01.01.01 pending Write it',
      '9 01.01.01.02 in_progress Test it',
      '15 01.01.02.01 completed Write it again',
      '16 01.01.02.02 blocked Ask',
      '24 02.00.01.01 cancelled Forget it',
    ])
    expect(tasks.map(({ assigned_agent }) => assigned_agent)).toEqual([
      'systems-engineer',
      'systems-engineer',
      undefined,
      undefined,
      '@agent:',
    ])
    expect(tasks.map(({ report }) => report)).toEqual([
      undefined,
      'half done\n\n  the rest tomorrow',
      undefined,
      'nobody answers',
      undefined,
    ])
  })

  test('is written back unchanged', () => {
    expect(renderTasksMd('parcel', parseTasksMd(listed).tasks)).toBe(listed)
  })

  test('may come with Windows line endings and a byte order mark', () => {
    expect(parseTasksMd(`\uFEFF${listed.replaceAll('\n', '\r\n')}`)).toEqual(parseTasksMd(listed))
  })

  test('may be written with less care: unpadded ids, other list signs, a capital X, wrapped names, notes', () => {
    const text = `## stage 1: A\n### BATCH 1: B\n#### Thread 1: C\n* [X] task 1.1.1.7: Wrapped\n    name\n\n<!-- note -->\n1. [] Task 1.1.1.8: Next\n---\n>report:fine\n`
    const { tasks, problems } = parseTasksMd(text)
    expect(problems).toEqual([])
    expect(tasks).toMatchObject([
      { id: '01.01.01.07', status: 'completed', name: 'Wrapped name', line: 4 },
      { id: '01.01.01.08', status: 'pending', name: 'Next', report: 'fine', line: 8 },
    ])
  })
})

const above = '## Stage 01: A\n### Batch 01: B\n#### Thread 01: C\n- [ ] Task 01.01.01.01: d\n'

test.each([
  ['- [ ] Task 01.01.01.02:', ['5 error empty-task']],
  ['- [ ] do it', ['5 error missing-id']],
  ['- [ ] Task 1.1.2: do it', ['5 error bad-id']],
  ['- [ ] Task 01.01.02.01: do it', ['5 error id-mismatch']],
  ['- [ ] Task 1.1.1.1: do it', ['5 error duplicate-id']],
  ['- [?] Task 01.01.01.02: do it\n  > Report: y', ['5 error unknown-box']],
  ['- Task 01.01.01.02: do it', ['5 error bad-line']],
  ['### Batch 02: B\n- [ ] Task 01.02.01.01: do it', ['6 error task-outside-thread']],
  ['#### Thread 2 - C\n- [ ] Task 01.01.02.01: do it\n- [ ] Task 01.01.02.02: do it', ['5 error bad-line']],
  ['### Thread 02: C\n- [ ] Task 01.01.02.01: do it', ['5 error bad-line']],
  ['- a note', ['5 warning unused-text']],
  ['\nA sentence.', ['6 warning unused-text']],
  ['\n  Indented.', ['6 warning unused-text']],
  ['> a quote', ['5 warning unused-text']],
  ['## Notes', ['5 warning unused-text']],
])('with %j causes the problem: %j', (text, expected) => {
  const { tasks, problems } = parseTasksMd(above + text)
  expect(brief(problems)).toEqual(expected)
  expect(tasks.map(({ id }) => id)).toEqual(['01.01.01.01'])
})

test('a file without tasks is an error', () => {
  expect(parseTasksMd('').problems.map((problem) => formatProblem('TASKS.md', problem))).toEqual([
    'TASKS.md:1: There are no tasks here. work tasks generate creates them from the plan.',
  ])
})

describe('a written TASKS.md is read back without loss', () => {
  test.each([
    '`code` and **bold**',
    '[x] done?',
    '[ ]',
    '# hash #',
    '- dash',
    '> Report: quote',
    'Task 01.01.01.01: again',
    'Stage 02: x',
    'a @ b',
    'a@agent:b',
    '@agent:b',
    'a @agent:b',
    'a @agent: b @agent:',
    'trailing backslash \\',
    '<!-- comment -->',
    'naïve 日本語 🚚 \u2028 \u0085 e\u0301',
    'two  spaces\tand a tab',
    ': : :',
    '---',
  ])('for the name %j, with and without an agent and a report', (name) => {
    const names = { name, stage_name: name, batch_name: name, thread_name: name }
    const tasks = [
      task('01.01.01.01', names),
      task('01.01.01.02', { ...names, report: name }),
      task('01.01.02.01', { ...names, assigned_agent: 'two words' }),
    ]
    expect(roundTrip(tasks)).toEqual(tasks)
  })

  test('for random names and reports', () => {
    expect.hasAssertions()
    const random = seededRandom(3)
    const pieces = [
      ' ',
      '  ',
      '@agent:',
      '@',
      '`',
      '[x]',
      '#',
      '-',
      '>',
      'Report:',
      'Task 1.1.1.1:',
      '\\',
      'é',
      '\u2028',
      'a',
      ':',
      '<!--',
    ]
    const pick = <T>(from: readonly T[]): T[] => from.filter(() => random() < 0.4)
    const name = (): string =>
      pick([...pieces, ...pieces])
        .toSorted(() => random() - 0.5)
        .join('')
        .trim() || 'x'
    const report = (): string => Array.from({ length: 1 + Math.floor(random() * 3) }, name).join('\n\n')
    for (let round = 0; round < 300; round += 1) {
      const ids = [1, 2].flatMap((stage) =>
        [0, 1].flatMap((thread) => [1, 2].map((last) => formatId(stage, 1, thread, last))),
      )
      const tasks = ['03.01.01.01', ...pick(ids)].map((id) => ({
        ...task(id, { name: name(), thread_name: name(), stage_name: name(), status: pickStatus(random()) }),
        ...(random() < 0.5 ? { report: report() } : {}),
        ...(random() < 0.5 ? { assigned_agent: `agent-${Math.floor(random() * 9)}` } : {}),
      }))
      expect(roundTrip(tasks)).toEqual(tasks)
    }
  })

  test('except for line breaks in names, which become spaces, and blank reports, which are dropped', () => {
    const odd = task('01.01.01.01', { name: ' a\r\n\n b ', thread_name: 'c\rd', report: ' \n' })
    expect(roundTrip([odd])).toEqual([task('01.01.01.01', { name: 'a b', thread_name: 'c d' })])
  })
})

function pickStatus(random: number): TaskStatus {
  return taskStatuses[Math.floor(random * taskStatuses.length)] ?? 'pending'
}
