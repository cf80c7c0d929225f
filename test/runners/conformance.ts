/* oxlint-disable vitest/valid-title, vitest/expect-expect -- one helper below makes each test of its title and body. */
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import type { SessionOutput } from '../../src/runners/output.ts'
import type { Runner, RunnerDefinition, RunnerSession } from '../../src/runners/runner.ts'
import { until } from '../helpers/until.ts'
import type { RunnerAgent } from '../../src/runners/agent.ts'

/**
 * What an agent does: writes a word and ends well; ends without output; writes a word and continues until it is ended;
 * the same, and ignores SIGINT and SIGTERM.
 */
export type Behaviour = 'ends' | 'silent' | 'hangs' | 'stubborn'

/** A runner, as the suite needs it. */
export interface RunnerUnderTest {
  definition: RunnerDefinition
  /** Opens it as one more process would. */
  open: () => Promise<Runner>
  /** A session whose agent does this, in a place of its own. */
  makeSession: (behaviour: Behaviour) => Promise<RunnerSession>
  /** The word that agents write. */
  word: string
  /** The session that resumes an ended one, by the same agent. */
  resumed: (session: RunnerSession) => RunnerSession
  /** How often the agent of this session began to work. */
  countStarts: (session: RunnerSession) => Promise<number>
  /** Whether anything of a session is at work. */
  isAtWork: (session: RunnerSession) => Promise<boolean>
  /** Whether its program keeps sessions, and can be asked for one. */
  knowsItsSessions: boolean
}

const never = new AbortController().signal

/**
 * What every runner keeps. Call it once in a test file; `make` is called in each test. `without`: what its agents can't
 * be made to do. `cutOffs`: when its start is cut off, in milliseconds.
 */
export function describeRunner(
  name: string,
  make: () => Promise<RunnerUnderTest>,
  {
    without = [],
    cutOffs = [0, 3, 10, 30, 100, 300],
  }: { without?: readonly Behaviour[]; cutOffs?: readonly number[] } = {},
): void {
  const test = testsOf(make, without)

  describe(`a session on ${name}`, () => {
    test(
      'that was never started is absent for all who look, and nothing starts it',
      'hangs',
      async (tested, one) => {
        expect(await look(tested, one)).toEqual({ runner: 'absent', probe: 'absent' })
        expect(await tested.countStarts(one)).toBe(0)
      },
    )

    test('that is started twice, by one process or by two, is started once', 'hangs', async (tested, one) => {
      const [first, second] = [await open(tested), await open(tested)]
      await Promise.all([first.start(one, never), second.start(one, never)])
      await first.start(one, never)
      await until(() => tested.isAtWork(one), 'the agent at work')
      expect(await tested.countStarts(one)).toBe(1)
      await first.end(one, true, never)
    })

    for (const milliseconds of cutOffs) {
      test(
        `whose start is cut off after ${milliseconds} ms is started once by the next process`,
        'hangs',
        async (tested, one) => {
          const [first, second] = [await tested.open(), await open(tested)]
          const cut = new AbortController()
          setTimeout(() => cut.abort(), milliseconds)
          const began = first.start(one, cut.signal).catch((error: unknown) => error)
          await once(cut.signal, 'abort')
          await first.close()
          await second.start(one, never)
          await began
          await until(() => tested.isAtWork(one), 'the agent at work')
          expect(await tested.countStarts(one)).toBe(1)
          await second.end(one, true, never)
          expect(await tested.isAtWork(one)).toBe(false)
        },
      )
    }

    test('that ended is resumed, as the same session', 'ends', async (tested, one) => {
      const runner = await open(tested)
      await runner.start(one, never)
      const end = await runner.watch(one, never)
      const ended: SessionRecord = { ...one.record, usage: end === 'overdue' ? undefined : end.usage }
      expect(
        tested.definition.refusalToResume(agentOf(one), ended, { root: one.root, env: one.env() }),
      ).toBeNull()
      expect(await runner.askToResume(ended)).toBeNull()
      const again = tested.resumed(one)
      expect(again.record.sessionId).toBe(one.record.sessionId)
      await runner.start(again, never)
      expect(await runner.watch(again, never)).toMatchObject({ hasOutput: true })
      expect(await tested.countStarts(one)).toBe(2)
    })

    test(
      'that nobody knows any more is absent, and can be resumed only as its runner says',
      'ends',
      async (tested, one) => {
        const runner = await open(tested)
        const stale = { ...one, record: { ...one.record, ...runner.newIds() } }
        expect(await look(tested, stale)).toEqual({ runner: 'absent', probe: 'absent' })
        const answer = await runner.askToResume(stale.record)
        expect((answer ?? stale.record.sessionId).includes(stale.record.sessionId)).toBe(true)
        expect(answer === null).toBe(!tested.knowsItsSessions)
      },
    )

    test(
      'that ends well is reported as ended, with its word, by each process that watches',
      'ends',
      async (tested, one) => {
        const runner = await open(tested)
        await runner.start(one, never)
        const evidence = await runner.watch(one, never)
        expect(evidence).toMatchObject({ hasOutput: true, detail: expect.stringContaining(tested.word) })
        expect(await look(tested, one)).toEqual({ runner: 'ended', probe: 'ended' })
        expect(wordsOf(tested.definition.openOutput(one))).toContain(tested.word)
      },
    )

    test('without output is reported as such', 'silent', async (tested, one) => {
      const runner = await open(tested)
      await runner.start(one, never)
      expect(await runner.watch(one, never)).toMatchObject({ hasOutput: false })
    })

    test('is read while it runs, and looking at it changes nothing', 'hangs', async (tested, one) => {
      const runner = await open(tested)
      await runner.start(one, never)
      // A log is written while a process watches.
      const over = new AbortController()
      const watched = runner.watch(one, over.signal).catch((error: unknown) => error)
      const output = tested.definition.openOutput(one)
      const seen: string[] = []
      await until(() => {
        seen.push(...wordsOf(output))
        return seen.some((text) => text.includes(tested.word))
      }, 'its word')
      expect(await look(tested, one)).toEqual({ runner: 'alive', probe: 'alive' })
      over.abort()
      await watched
      expect(await tested.isAtWork(one)).toBe(true)
      await runner.end(one, true, never)
    })

    for (const force of [false, true]) {
      test(
        `is ended ${force ? 'by force' : 'politely'}, and nothing of it keeps running`,
        'hangs',
        async (tested, one) => {
          const runner = await open(tested)
          await runner.start(one, never)
          await until(() => tested.isAtWork(one), 'the agent at work')
          expect(await runner.end(one, force, never)).toMatchObject({ wasOver: false })
          expect(await tested.isAtWork(one)).toBe(false)
          expect(await look(tested, one)).toEqual({ runner: 'ended', probe: 'ended' })
          // A later request finds that it was over.
          expect(await (await open(tested)).end(one, force, never)).toMatchObject({ wasOver: true })
        },
      )
    }

    test('that ignores SIGINT and SIGTERM is ended anyway', 'stubborn', async (tested, one) => {
      const runner = await open(tested)
      await runner.start(one, never)
      await until(() => tested.isAtWork(one), 'the agent at work')
      await runner.end(one, false, never)
      expect(await tested.isAtWork(one)).toBe(false)
    })

    test(
      'keeps running when its supervisor dies, and another process adopts it',
      'hangs',
      async (tested, one) => {
        const first = await tested.open()
        await first.start(one, never)
        await first.close()
        const second = await open(tested)
        expect(await second.look(one)).toMatchObject({ type: 'alive' })
        const watched = second.watch(one, never)
        await until(() => tested.isAtWork(one), 'the agent at work')
        await (await open(tested)).end(one, true, never)
        expect(await watched).toHaveProperty('at')
        expect(await tested.countStarts(one)).toBe(1)
      },
    )

    test('that is called off before it started is never started', 'hangs', async (tested, one) => {
      const runner = await open(tested)
      expect(await runner.end(one, false, never)).toMatchObject({
        evidence: { type: 'abandoned' },
        wasOver: false,
      })
      expect(await tested.countStarts(one)).toBe(0)
      expect(await tested.isAtWork(one)).toBe(false)
    })

    test('is not started by a process that is stopped first', 'hangs', async (tested, one) => {
      const runner = await open(tested)
      const stopped = new AbortController()
      stopped.abort()
      await expect(runner.start(one, stopped.signal)).rejects.toThrow(/abort/i)
      expect(await tested.countStarts(one)).toBe(0)
      await runner.end(one, true, never)
    })
  })

  describe(`the runner ${name}`, () => {
    test('makes other ids for each session', 'ends', async (tested) => {
      const runner = await open(tested)
      expect(runner.newIds().sessionId).not.toBe(runner.newIds().sessionId)
      expect(runner.definition.name).toBe(tested.definition.name)
    })
  })
}

/** Makes tests of a title and a body, each with a runner and a session of its own. */
function testsOf(make: () => Promise<RunnerUnderTest>, without: readonly Behaviour[]) {
  /** A test with a session of an agent that does this. */
  const test = (
    title: string,
    behaviour: Behaviour,
    body: (tested: RunnerUnderTest, one: RunnerSession) => Promise<void>,
  ) => {
    if (without.includes(behaviour)) return
    it(title, async () => {
      const tested = await make()
      await body(tested, await tested.makeSession(behaviour))
    })
  }

  return test
}

/** What a supervisor and what a mere reader see. */
async function look(tested: RunnerUnderTest, one: RunnerSession) {
  const { type: probe } = await tested.definition.probe({ root: one.root, record: one.record }, now)
  const { type: runner } = await (await open(tested)).look(one)
  return { runner, probe }
}

/** Opens the runner until the test ends. */
async function open(tested: RunnerUnderTest): Promise<Runner> {
  const runner = await tested.open()
  onTestFinished(() => runner.close())
  return runner
}

function agentOf({ agent }: RunnerSession): RunnerAgent {
  if (agent === undefined) throw new Error('The session has no agent.')
  return agent
}

function wordsOf(output: SessionOutput): string[] {
  return [...output.read()].flat().map(({ text }) => text)
}

function now(): Date {
  return new Date()
}
