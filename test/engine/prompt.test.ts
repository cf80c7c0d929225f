import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { promptPathOf, renderPrompt, sessionPrompt, writePrompts } from '../../src/engine/prompt.ts'
import { get, put } from '../store/workspace.ts'
import { makeWorld, session, tasksOf } from './world.ts'

const failed = session({
  sessionId: 'ses_1',
  token: 'token-1',
  status: 'failed',
  reason: 'exit',
  exitCode: 3,
  detail: 'no such table\nsee above',
})
const current = session({ sessionId: 'ses_2', token: 'token-2', attempt: 2 })

describe('the prompt of a first session', () => {
  it('is made from the plan, with every task', () => {
    const text = prompt([session({ token: 'token-2' })])
    expect(text).toContain('"Thread 01.01.01" (01.01.01)')
    expect(text).toContain('Summary of 01.01.01.')
    expect(text).toContain('Details of 01.01.01.')
    expect(taskLines(text)).toEqual(['- [ ] 01.01.01.01 Task 01', '- [ ] 01.01.01.02 Task 02'])
    expect(text).not.toContain('Attempt')
  })

  it('lists only the tasks that are open', () => {
    const [first, second] = tasksOf('01.01.01')
    if (first === undefined || second === undefined) throw new Error('There are no tasks.')
    const third = { ...second, id: '01.01.01.03', name: 'Task 03', status: 'blocked' as const }
    const world = makeWorld({ tasks: [{ ...first, status: 'cancelled' }, second, third] })
    const text = sessionPrompt(world.stream, world.plan, world.disk(), current)
    expect(taskLines(text)).toEqual(['- [ ] 01.01.01.02 Task 02', '- [ ] 01.01.01.03 Task 03'])
  })

  it('says that the plan has nothing on a thread which is not in it', () => {
    const world = makeWorld()
    const text = renderPrompt(world.stream, { ...world.plan, stages: [] }, world.disk())
    expect(text).toContain('The plan says nothing of this thread.')
  })
})

describe('a prompt file', () => {
  it('that a person has edited is what the agent is told, with the tasks that are open now', async () => {
    const world = makeWorld()
    const [path] = await writePrompts(world.stream, world.plan, [world.disk()])
    expect(path).toBe(promptPathOf(world.stream, world.disk()))
    expect(path).toMatch(/prompts\/01-stage\/01-batch\/01-thread-01-01-01\.md$/)
    put(path ?? '', get(path ?? '').replace('Hello Agent!', 'Use tabs.'))
    await world.tasks.commit((file) => {
      for (const task of file.tasks.slice(0, 1)) task.status = 'completed'
    })
    const text = sessionPrompt(world.stream, world.plan, world.disk(), current)
    expect(text).toMatch(/^Use tabs\./)
    expect(taskLines(text)).toEqual(['- [ ] 01.01.01.02 Task 02'])
  })

  it('without a list of tasks gets one at its end', () => {
    const world = makeWorld()
    put(promptPathOf(world.stream, world.disk()), 'Just do it.\n\n\n')
    expect(sessionPrompt(world.stream, world.plan, world.disk(), current)).toBe(
      'Just do it.\n\nYour tasks are:\n- [ ] 01.01.01.01 Task 01\n- [ ] 01.01.01.02 Task 02\n',
    )
  })

  it('keeps the boxes of its own that are no tasks of the thread', () => {
    const world = makeWorld()
    put(
      promptPathOf(world.stream, world.disk()),
      '- [ ] 1.1.1.1 Old name\n- [x] 01.01.01.09 Gone\n- [ ] 01.01.02.01 Of another\n- [ ] be kind\n',
    )
    expect(sessionPrompt(world.stream, world.plan, world.disk(), current)).toBe(
      '- [ ] 01.01.01.01 Task 01\n- [ ] 01.01.01.02 Task 02\n- [ ] 01.01.02.01 Of another\n- [ ] be kind\n',
    )
  })

  it('may hold anything that a replacement could trip over', () => {
    const world = makeWorld()
    put(promptPathOf(world.stream, world.disk()), "$& $1 $' `id`\r\n- [ ] 01.01.01.01 x\r\nend")
    const text = sessionPrompt(world.stream, world.plan, world.disk(), current)
    expect(text).toContain("$& $1 $' `id`")
    expect(text).toContain('- [ ] 01.01.01.02 Task 02')
  })
})

describe('the prompt of a further session', () => {
  it('tells the number of the attempt, why the last one ended, and its last words', () => {
    const text = prompt([failed, current])
    expect(text).toContain('## Attempt 2')
    expect(text).toContain('The last session ended failed (exit, exit code 3).')
    expect(text).toContain('    no such table\n    see above')
  })

  it('tells only of the last one', () => {
    const first = session({ token: 'token-0', status: 'failed', reason: 'timeout' })
    const text = prompt([first, failed, current])
    expect(text).toContain('exit code 3')
    expect(text).not.toContain('timeout')
  })

  it('that resumes does not repeat the thread: only what is left, and why it was stopped', () => {
    const stopped = { ...failed, status: 'interrupted', reason: 'user', exitCode: undefined } as const
    const { token } = current
    const text = prompt([
      { ...stopped, sessionId: current.sessionId },
      { ...current, mode: 'resume' },
    ])
    expect(token).not.toBe(stopped.token)
    expect(text).toContain('was stopped before its end (user).')
    expect(text).not.toContain('Summary of')
    expect(taskLines(text)).toHaveLength(2)
  })
})

/** What the last of these sessions is told. */
function prompt(sessions: SessionRecord[]): string {
  const [first, ...rest] = tasksOf('01.01.01')
  const last = sessions.at(-1)
  if (first === undefined || last === undefined) throw new Error('There is no task or no session.')
  const world = makeWorld({ tasks: [{ ...first, sessions }, ...rest] })
  return sessionPrompt(world.stream, world.plan, world.disk(), last)
}

function taskLines(text: string): string[] {
  return text.split('\n').filter((line) => line.startsWith('- [ ] '))
}
