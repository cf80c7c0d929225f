import type { Answer } from '../../machines/answer.ts'
import type { ContinueEnd, ContinueInput, ContinueOutput, Unfinished, Way } from '../../machines/continue.ts'
import { runContinue, type ContinueEffects } from '../engine/continue-flow.ts'
import { isStuck, isUnfinished } from '../engine/fix.ts'
import { heldUntil } from '../engine/run-plan.ts'
import { reportThreads } from '../engine/run-result.ts'
import type { RunReport } from '../engine/run-world.ts'
import { settleEnded } from '../engine/settle.ts'
import { threadsOf, type ThreadFacts } from '../engine/thread-facts.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { askChoice, loadPrompts } from '../ui/prompt.ts'
import { formatMoment } from '../moment.ts'
import { now, openStream, type StreamContext } from './context.ts'
import { loadWatch, waitUntil } from './countdown.ts'
import { FixDesk } from './fix-desk.ts'
import { describeThreads } from './fix-questions.ts'
import { requirePerson } from './needs-answer.ts'
import { notPossible } from './not-possible.ts'
import { print, printJson, say } from './output.ts'
import { describeEnd, exitCodeOf, reportAsJson } from './run-report.ts'
import { watchRun, type RunOptions } from './run-threads.ts'

export interface ContinueOptions extends RunOptions {
  skip?: boolean
  fix?: boolean
  yes?: boolean
  /** Waits for providers that take nothing for a while. */
  wait?: boolean
}

/** `work continue`: back to a workstream that an earlier run left, with what did not complete fixed or left out. */
export async function continueWork(options: ContinueOptions): Promise<number> {
  const input: ContinueInput = {
    way: options.skip === true ? 'skip' : options.fix === true ? 'fix' : null,
    waits: options.wait ?? null,
    isConfirmed: options.yes === true,
  }
  const continuation = new Continuation(openStream(options), options)
  // What it may ask or count down to after a run, when the installed `work` may be another one.
  if (process.stdin.isTTY) await Promise.all([loadPrompts(), loadWatch()])
  try {
    return continuation.end(await runContinue(input, continuation))
  } finally {
    await continuation.close()
  }
}

/** What the continue chart asks for, done to one workstream. */
class Continuation implements ContinueEffects {
  readonly fix: FixDesk
  readonly #context: StreamContext
  readonly #options: ContinueOptions
  /** Failed threads that the run left as they are. */
  #without: readonly string[] = []

  constructor(context: StreamContext, options: ContinueOptions) {
    this.#context = context
    this.#options = options
    this.fix = new FixDesk(context, options, 'continue')
  }

  lookBack = async (): Promise<Unfinished> => {
    const world = await this.fix.world()
    const seen = await this.fix.observe()
    const ended = seen.filter(({ status }) => status !== 'running').map(({ id }) => id)
    await settleEnded(world, ended)
    const threads = (await this.fix.observe()).filter(isUnfinished)
    const failed = threads.filter((thread) => isStuck(thread, now()))
    if (threads.length > 0) this.#tell(threads)
    return {
      threads: threads.map(({ id }) => id),
      failed: failed.map(({ id }) => id),
      limited: failed.flatMap((thread) => {
        const retryAt = heldUntil(thread, now())
        return retryAt === undefined ? [] : [{ id: thread.id, retryAt }]
      }),
    }
  }

  askWay = async ({ threads, failed }: Unfinished): Promise<Answer<Way>> => {
    requirePerson(
      this.#options,
      'Go on without what failed, or fix it first?',
      'work continue --skip, work continue --fix --yes, or work fix --thread <id>',
    )
    const left =
      failed.length === 0
        ? ''
        : `${failed.length} failed stay${failed.length === 1 ? 's' : ''} as ${failed.length === 1 ? 'it is' : 'they are'}`
    const others = threads.length - failed.length
    const on = others === 0 ? 'run what is left' : `${others} interrupted go${others === 1 ? 'es' : ''} on`
    return askChoice<Way>('How to go on?', [
      {
        value: 'skip',
        label: failed.length === 0 ? 'Continue' : 'Continue (skip failed)',
        hint: [on, left].filter((part) => part !== '').join('; '),
      },
      { value: 'fix', label: 'Fix first', hint: 'thread by thread, then go on' },
      { value: 'abort', label: 'Abort', hint: 'change nothing' },
    ])
  }

  askWait = async ({ limited }: Unfinished): Promise<Answer<boolean>> => {
    const until = formatMoment(lastOf(limited))
    const ids = limited.map(({ id }) => id).join(', ')
    requirePerson(
      this.#options,
      `The provider of ${ids} takes nothing before ${until}. Wait for it?`,
      'work continue --skip --wait, or --no-wait to go on without',
    )
    const answer = await askChoice(`The provider of ${ids} takes nothing before ${until}.`, [
      { value: 'wait', label: 'Wait', hint: `until ${until}, then go on` },
      { value: 'skip', label: 'Go on without', hint: 'it stays as it is' },
    ])
    return answer.type === 'chosen' ? { type: 'chosen', value: answer.value === 'wait' } : answer
  }

  waitForProviders = ({ limited }: Unfinished): Promise<'elapsed' | 'cancelled'> =>
    waitUntil(
      lastOf(limited),
      `Waiting for the provider of ${limited.map(({ id }) => id).join(', ')}`,
      this.#options,
    )

  runRest = async (without: readonly string[]): Promise<void> => {
    this.#without = without
    const world = await this.fix.world()
    const request = { selection: { type: 'continue', without } as const, parallel: this.#options.parallel }
    const report = await watchRun(world, request, this.#options)
    this.fix.reports.push(report)
    if (this.#options.json === true) return
    // Whoever stopped it does not wait until all others are looked at.
    const isStopped = report.end === 'interrupted'
    const threads = isStopped ? threadsOf(this.#context.tasks.read()) : await this.fix.observe()
    print(await describeEnd(world, report, threads))
  }

  /** The exit code, and with `--json` what it all came to. */
  end({ end, error, refused }: ContinueOutput): number {
    if (end === 'failed') throw refused === null ? error : notPossible(refused.option, refused.threads)
    if (end === 'aborted' || end === 'cancelled') return this.#leave(end)
    if (end === 'planned') return exitCodes.unfinished
    if (this.#options.json === true) this.#printReport(end)
    else if (end === 'unfinished')
      print([
        'Not every thread completed, so nothing more was started.',
        `  → work fix --stream ${this.#context.entry.id}   shows why, and the ways out`,
      ])
    if (end === 'unfinished') return exitCodes.unfinished
    const code = exitCodeOf(this.#report(end))
    return code === 0 && this.#without.length > 0 ? exitCodes.unfinished : code
  }

  #printReport(end: ContinueEnd): void {
    const json = reportAsJson('continue', this.#context.entry.id, this.#report(end))
    printJson(this.#without.length === 0 ? json : { ...json, skipped: this.#without })
  }

  /** How the last run ended, with all threads that were run, fixes and the rest, as they stand. */
  #report(end: ContinueEnd): RunReport {
    const report = this.fix.reports.at(-1)
    if (report === undefined) throw new Error('Nothing was run.')
    const ids = this.fix.reports.flatMap(({ threads }) => threads.map(({ id }) => id))
    const threads = reportThreads(this.#context.tasks.read(), ids)
    return { ...report, threads, end: end === 'unfinished' ? 'halted' : report.end }
  }

  async close(): Promise<void> {
    await this.fix.close()
  }

  #leave(end: ContinueEnd): number {
    if (this.fix.reports.length > 0) return exitCodes.interrupted
    throw new WorkError(
      end === 'aborted' ? 'Aborted: nothing was started.' : 'Cancelled: nothing was started.',
      {
        code: 'cancelled',
        exitCode: exitCodes.interrupted,
      },
    )
  }

  #tell(threads: ThreadFacts[]): void {
    const lines = [
      `Found ${threads.length} incomplete thread${threads.length === 1 ? '' : 's'} from previous run`,
      '',
      ...describeThreads(threads),
      '',
    ]
    if (this.#options.json === true) say(...lines)
    else print(lines)
  }
}

function lastOf(limited: Unfinished['limited']): string {
  return limited
    .map(({ retryAt }) => retryAt)
    .reduce((last, one) => (Date.parse(one) > Date.parse(last) ? one : last))
}
