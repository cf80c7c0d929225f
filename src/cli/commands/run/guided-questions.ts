import type { Answer } from '../../../../machines/answer.ts'
import type { Unfinished, Way } from '../../../../machines/continue-context.ts'
import { formatMoment } from '../../../text/dates.ts'
import { advice, work } from '../../../text/hint.ts'
import { counted } from '../../../text/plural.ts'
import { askChoice, mapAnswer } from '../../../ui/prompt.ts'
import type { CommonOptions } from '../../context.ts'
import { requirePerson } from '../../interactive.ts'

/** What to do about failed threads, when a run resumes the interrupted ones anyway. */
export async function askAboutFailed(options: CommonOptions, { failed }: Unfinished): Promise<Answer<Way>> {
  const [they, them] = failed.length === 1 ? ['1 thread', 'it'] : [`${failed.length} threads`, 'them']
  requirePerson(
    options,
    `${they} failed. What do you want to do?`,
    advice`${work('run', '--retry-failed')}, ${work('run', '--skip-failed')}, or ${work('fix', '--thread', '<id>')}`,
  )
  return askChoice<Way>(`${they} failed. What do you want to do?`, [
    { value: 'retry', label: 'Retry', hint: `start a new session for ${they}, and run the rest` },
    {
      value: 'skip',
      label: 'Skip',
      hint: `leave ${them} as ${failed.length === 1 ? 'it is' : 'they are'}, and run the rest`,
    },
    { value: 'fix', label: 'Fix first', hint: 'thread by thread: see why, resume, change the agent' },
    { value: 'abort', label: 'Quit', hint: 'start nothing' },
  ])
}

/** What to do about all threads that an earlier run left unfinished. */
export async function askAboutUnfinished(
  options: CommonOptions,
  { threads, failed }: Unfinished,
): Promise<Answer<Way>> {
  requirePerson(
    options,
    'Continue without what failed, or fix it first?',
    advice`${work('continue', '--skip')}, ${work('continue', '--fix', '--yes')}, or ${work('fix', '--thread', '<id>')}`,
  )
  const left =
    failed.length === 0
      ? ''
      : `${counted(failed.length, 'failed thread')} ${failed.length === 1 ? 'is' : 'are'} left alone`
  const others = threads.length - failed.length
  const on =
    others === 0 ? 'run the rest' : `resume ${counted(others, 'interrupted thread')} and run the rest`
  return askChoice<Way>('How do you want to continue?', [
    {
      value: 'skip',
      label: failed.length === 0 ? 'Continue' : 'Continue (skip failed)',
      hint: [on, left].filter((part) => part !== '').join('; '),
    },
    {
      value: 'fix',
      label: 'Fix first',
      hint: 'decide thread by thread, run the fixes together, then the rest',
    },
    { value: 'abort', label: 'Abort', hint: 'change nothing' },
  ])
}

/** Whether to wait for providers that are rate-limited. */
export async function askToWait(
  options: CommonOptions,
  action: 'run' | 'continue',
  { limited }: Unfinished,
): Promise<Answer<boolean>> {
  const until = formatMoment(lastRetryAt(limited))
  const ids = limited.map(({ id }) => id).join(', ')
  requirePerson(
    options,
    `The provider of ${ids} is rate-limited until ${until}. Wait for it?`,
    action === 'run'
      ? advice`${work('run', '--skip-failed', '--wait')}, or --no-wait to run the rest without it`
      : advice`${work('continue', '--skip', '--wait')}, or --no-wait to continue without it`,
  )
  const answer = await askChoice(`The provider of ${ids} is rate-limited until ${until}.`, [
    { value: 'wait', label: 'Wait', hint: `until ${until}, then continue` },
    { value: 'skip', label: 'Continue without it', hint: 'it is left as it is' },
  ])
  return mapAnswer(answer, (value) => value === 'wait')
}

/** The last of the times until which providers are rate-limited (ISO). */
export function lastRetryAt(limited: Unfinished['limited']): string {
  return limited
    .map(({ retryAt }) => retryAt)
    .reduce((last, one) => (Date.parse(one) > Date.parse(last) ? one : last))
}
