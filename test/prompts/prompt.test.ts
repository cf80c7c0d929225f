import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { promptPathOf, renderPrompt, sessionPrompt, writePrompts } from '../../src/prompts/prompt.ts'
import type { Task } from '../../src/store/tasks/schema.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { makeWorld } from '../engine/world.ts'
import { get, put } from '../builders/workspace.ts'
import { runningSession, task } from '../builders/records.ts'
import { tasksOf } from '../builders/threads.ts'

const failed = runningSession({
  sessionId: 'ses_1',
  token: 'token-1',
  status: 'failed',
  reason: 'exit',
  exitCode: 3,
  detail: 'no such table\nsee above',
})
const current = runningSession({ sessionId: 'ses_2', token: 'token-2', attempt: 2 })

describe('the prompt of a first session', () => {
  it('is made from the plan, with every task', () => {
    const text = prompt([runningSession({ token: 'token-2' })])
    expect(text).toContain('"Thread 01.01.01" (01.01.01)')
    expect(text).toContain('Summary of 01.01.01.')
    expect(text).toContain('Details of 01.01.01.')
    expect(taskLines(text)).toEqual(['- [ ] 01.01.01.01 Task 01', '- [ ] 01.01.01.02 Task 02'])
    expect(text).not.toContain('Attempt')
  })

  it('holds no character that hides or reorders its text', () => {
    const world = makeWorld()
    const plan = { ...world.plan, name: 'Pay \u202Eevil\u2066 \u001B[31mus\u001B[0m' }
    expect(renderPrompt(world.stream, plan, world.disk())).toContain('"Pay evil us" workstream')
  })

  it('lists only the tasks that are open', () => {
    const [first, second] = tasksOf('01.01.01')
    if (first === undefined || second === undefined) throw new Error('There are no tasks.')
    const third = { ...second, id: '01.01.01.03', name: 'Task 03', status: 'blocked' as const }
    const world = makeWorld({ tasks: [{ ...first, status: 'cancelled' }, second, third] })
    const text = sessionPrompt(promptWorld(world), world.disk(), current)
    expect(taskLines(text)).toEqual(['- [ ] 01.01.01.02 Task 02', '- [ ] 01.01.01.03 Task 03'])
  })

  it('says that the plan has nothing on a thread which is not in it', () => {
    const world = makeWorld()
    const text = renderPrompt(world.stream, { ...world.plan, stages: [] }, world.disk())
    expect(text).toContain('The plan does not describe this thread.')
  })
})

describe('a prompt file', () => {
  it('edited by the user is used as the prompt, with the currently open tasks', async () => {
    const world = makeWorld()
    const [path] = writePrompts(world.stream, world.plan, [world.disk()])
    expect(path).toBe(promptPathOf(world.stream, world.disk()))
    expect(path).toMatch(/prompts\/01-stage-01\/01-batch-01-01\/01-thread-01-01-01\.md$/)
    put(path ?? '', get(path ?? '').replace('Hello Agent!', 'Use tabs.'))
    await world.tasks.commit((file) => {
      for (const each of file.tasks.slice(0, 1)) each.status = 'completed'
    })
    const text = sessionPrompt(promptWorld(world), world.disk(), current)
    expect(text).toMatch(/^Use tabs\./)
    expect(taskLines(text)).toEqual(['- [ ] 01.01.01.02 Task 02'])
  })

  it('that is empty, as after a power failure, is made again from the plan', () => {
    const world = makeWorld()
    const before = sessionPrompt(promptWorld(world), world.disk(), current)
    put(promptPathOf(world.stream, world.disk()), '')
    expect(sessionPrompt(promptWorld(world), world.disk(), current)).toBe(before)
  })

  it('without a list of tasks gets one at its end', () => {
    const world = makeWorld()
    put(promptPathOf(world.stream, world.disk()), 'Just do it.\n\n\n')
    expect(sessionPrompt(promptWorld(world), world.disk(), current)).toBe(
      'Just do it.\n\nYour tasks are:\n- [ ] 01.01.01.01 Task 01\n- [ ] 01.01.01.02 Task 02\n',
    )
  })

  it('keeps its own boxes that are not tasks of the thread', () => {
    const world = makeWorld()
    put(
      promptPathOf(world.stream, world.disk()),
      '- [ ] 1.1.1.1 Old name\n- [x] 01.01.01.09 Gone\n- [ ] 01.01.02.01 Of another\n- [ ] be kind\n',
    )
    expect(sessionPrompt(promptWorld(world), world.disk(), current)).toBe(
      '- [ ] 01.01.01.01 Task 01\n- [ ] 01.01.01.02 Task 02\n- [ ] 01.01.02.01 Of another\n- [ ] be kind\n',
    )
  })

  it('may hold anything that a replacement could trip over', () => {
    const world = makeWorld()
    put(promptPathOf(world.stream, world.disk()), "$& $1 $' `id`\r\n- [ ] 01.01.01.01 x\r\nend")
    const text = sessionPrompt(promptWorld(world), world.disk(), current)
    expect(text).toContain("$& $1 $' `id`")
    expect(text).toContain('- [ ] 01.01.01.02 Task 02')
  })
})

describe('the prompt of a further session', () => {
  const [one, two, three] = [numbered('01'), numbered('02'), numbered('03')]

  it("contains the earlier attempts, the reports, the user's note, and only the remaining tasks", () => {
    const sessions = [
      runningSession({ token: 'token-0', status: 'failed', reason: 'timeout', attempt: 1 }),
      { ...failed, attempt: 2, model: 'a/one' },
      { ...current, attempt: 3, note: 'Mind the gap.\n\nAnd be kind.' },
    ]
    const tasks: Task[] = [
      { ...one, sessions, status: 'completed', report: 'Made the table.' },
      { ...two, status: 'in_progress', report: 'Half of it.', breadcrumb: 'see src/db.ts\nline 7' },
      three,
    ]
    expect(promptOf(tasks)).toBe(`Hello Agent!

You are working on the "Batch 01.01" batch at the "Stage 01" stage of the "Demo" workstream.

This is your thread:

"Thread 01.01.01" (01.01.01)

## Thread Summary

Summary of 01.01.01.

## Thread Details

Details of 01.01.01.

Your tasks are:
- [ ] 01.01.01.02 Task 02
- [ ] 01.01.01.03 Task 03

Report progress on each task with the \`work\` command:

- \`work update --stream 001-demo --task "<id>" --status in_progress\` when you begin it,
- \`work update --stream 001-demo --task "<id>" --status completed --report "<what you did>"\` when it is done,
- \`work update --stream 001-demo --task "<id>" --status blocked --report "<why>"\` when you can't continue.

When listing tasks, use \`work list --stream 001-demo --tasks --batch "01.01"\` to see tasks for this batch only.

Use the \`implementing-workstreams\` skill if you have it.

## Attempt 3

This thread was attempted before and is not done. The last attempt, number 2 by agent "default" with a/one, failed: its program exited with an error (exit, exit code 3).

Earlier attempts: number 1 by agent "default", failed: it timed out (timeout).

Last output:

    no such table
    see above

Reports so far:

- 01.01.01.01 (completed): Made the table.
- 01.01.01.02 (in progress): Half of it. Left off at: see src/db.ts line 7

Only the tasks listed above are left; everything else in the thread is done or cancelled. Before you begin, look at the existing work and at why the last attempt ended, and do not repeat its mistake.

## Note from the user

Mind the gap.

And be kind.
`)
  })

  it('that resumes does not repeat the thread: only why it was stopped, what is left, and the note', () => {
    const stopped = { ...failed, status: 'interrupted', reason: 'user', exitCode: undefined } as const
    const sessions = [
      { ...stopped, sessionId: current.sessionId },
      { ...current, mode: 'resume' as const, note: 'The key is there now.' },
    ]
    expect(promptOf([{ ...one, sessions, status: 'completed' }, two])).toBe(
      `Your session on thread "Thread 01.01.01" (01.01.01) ended before the thread was done: it was stopped by the user (user).

Continue where you left off. Do only the remaining tasks:

- [ ] 01.01.01.02 Task 02

## Note from the user

The key is there now.
`,
    )
  })

  it('is limited in size, however much was written earlier', () => {
    const long = 'word\u001B[31m \u0007'.repeat(1000)
    const sessions = [
      ...Array.from({ length: 40 }, (_, index) => ({ ...failed, token: `t${index}`, detail: long })),
      { ...failed, token: 'last', reason: long, detail: `${'x\n'.repeat(5000)}the end\n\n` },
      { ...current, attempt: 42, note: long },
    ]
    const many = Array.from({ length: 99 }, (_, index) => ({
      ...one,
      id: `01.01.01.${String(index + 1).padStart(2, '0')}`,
      status: 'completed' as const,
      report: `${index} ${long}`,
      breadcrumb: long,
    }))
    const text = promptOf(many.map((each, index) => (index === 0 ? { ...each, sessions } : each)))
    expect(text.length).toBeLessThan(60_000)
    expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
    expect(text).toContain('    the end\n')
    expect(text).toContain('- 01.01.01.99 (completed): 98 word')
    expect(text).toContain('- … and 69 earlier ones.')
  })

  it('never asks for a task that is done, when a prompt file lists none by its id', () => {
    const world = makeWorld({ tasks: [{ ...one, name: 'Make it', status: 'completed' }, two] })
    put(promptPathOf(world.stream, world.disk()), '1. Make it\n2. Keep it\n')
    expect(sessionPrompt(promptWorld(world), world.disk(), current)).toBe(
      '2. Keep it\n\nYour tasks are:\n- [ ] 01.01.01.02 Task 02\n',
    )
  })

  it('adds an unlisted task after the text of the last listed one', () => {
    const world = makeWorld({ tasks: [{ ...one, status: 'completed' }, two, three] })
    put(
      promptPathOf(world.stream, world.disk()),
      '- [ ] 01.01.01.02 Task 02\n  - gently\n\n  - [ ] 01.01.01.01 Task 01\n\nThe end.\n',
    )
    expect(sessionPrompt(promptWorld(world), world.disk(), current)).toBe(
      '- [ ] 01.01.01.02 Task 02\n  - gently\n\n- [ ] 01.01.01.03 Task 03\nThe end.\n',
    )
  })

  it('never asks for a task that is done, in the words of the plan or of a prompt file', () => {
    const world = makeWorld({
      tasks: [
        { ...one, name: 'Make the table', status: 'completed' },
        { ...two, name: 'Fill the table' },
        { ...three, name: 'Clean the table', status: 'cancelled' },
      ],
    })
    put(
      promptPathOf(world.stream, world.disk()),
      `Lay it.

1. Make the
   table
   - of wood

2. Fill the table

* [x] Clean the table

  with soap

* [ ] be kind

- Make the table

\`\`\`
- [ ] 01.01.01.01 Make the table
\`\`\`

+ \`01.01.01.01\`: Make the table
  - as above
+ [ ] **01.01.01.02** Fill the table, to the brim
  - with bread
- 01.01.01.03 Clean the table
The end.
`,
    )
    expect(sessionPrompt(promptWorld(world), world.disk(), current)).toBe(`Lay it.

2. Fill the table

* [ ] be kind

- Make the table

\`\`\`
- [ ] 01.01.01.01 Make the table
\`\`\`

+ [ ] **01.01.01.02** Fill the table, to the brim
  - with bread
The end.
`)
  })
})

function numbered(number: string): Task {
  return task({ id: `01.01.01.${number}`, thread_name: 'Thread 01.01.01', name: `Task ${number}` })
}

/** The prompt of the last session of these tasks. */
function promptOf(tasks: Task[]): string {
  const world = makeWorld({ tasks })
  const last = tasks[0]?.sessions?.at(-1)
  if (last === undefined) throw new Error('There is no session.')
  return sessionPrompt(promptWorld(world), world.disk(), last)
}

/** The prompt of the last of these sessions. */
function prompt(sessions: SessionRecord[]): string {
  const [first, ...rest] = tasksOf('01.01.01')
  const last = sessions.at(-1)
  if (first === undefined || last === undefined) throw new Error('There is no task or no session.')
  const world = makeWorld({ tasks: [{ ...first, sessions }, ...rest] })
  return sessionPrompt(promptWorld(world), world.disk(), last)
}

function taskLines(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('- [ ] '))
}

/** Everything that prompts are made from, as it is in a world. */
function promptWorld(world: ReturnType<typeof makeWorld>) {
  return { stream: world.stream, plan: world.plan, threads: threadsOf(world.tasks.read()), hasSetup: false }
}
