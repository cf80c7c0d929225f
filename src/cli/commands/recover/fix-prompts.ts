import type { Answer } from '../../../../machines/answer.ts'
import type { FixAction, FixChoice, FixOption, FixOrder, FixStage } from '../../../../machines/fix-context.ts'
import { isUnfinished } from '../../../engine/fix-options.ts'
import type { ThreadFacts } from '../../../threads/thread.ts'
import { parentId } from '../../../ids.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { requireName, requireText } from '../../../plan/edit/edit.ts'
import type { AgentsFile } from '../../../agents/agents-file.ts'
import { renderFixTable, type FixRow } from '../../../ui/fix-table.ts'
import { renderThreadHistory } from '../../../ui/history.ts'
import { describeOutcome } from '../../../ui/outcome.ts'
import { counted } from '../../../text/plural.ts'
import { whatHelps } from '../../../threads/what-helps.ts'
import { askChoice, askNo, askText, askYes, type Choice } from '../../../ui/prompt.ts'
import { WorkError } from '../../../errors.ts'
import { now, readPlanText, type StreamContext } from '../../context.ts'
import type { FixOptions } from './fix-flags.ts'
import { streamFlag } from '../../hint.ts'
import { loadRunner } from '../../../runners/registry.ts'
import type { RunnerScreen } from '../../../runners/runner.ts'
import { requirePerson } from '../../interactive.ts'
import { outputStyle, outputWidth, print, type OutputLine } from '../../output.ts'
import { describeAttempts } from '../run/report.ts'
import { attemptsOf } from '../../../threads/attempts.ts'
import { standingOf } from '../../../threads/standing.ts'
import { advice, work, type Hint, type HintSource } from '../../../text/hint.ts'

/** The questions of `work fix`, in the order of its chart. Without a terminal each question is an error that names its flags. */
export class FixQuestions {
  readonly #context: StreamContext
  readonly #options: FixOptions
  readonly #showOrder: (order: FixOrder) => Promise<void>

  constructor(context: StreamContext, options: FixOptions, showOrder: (order: FixOrder) => Promise<void>) {
    this.#context = context
    this.#options = options
    this.#showOrder = showOrder
  }

  async askThread(observed: ThreadFacts[], candidates: ThreadFacts[]): Promise<Answer<readonly string[]>> {
    if (this.#options.json !== true) print(['', ...describeCandidates(observed, candidates), ''])
    this.#requirePerson(
      'Which thread do you want to fix?',
      advice`${work('fix', '--thread', '<id>', '--retry')}, or --all-failed`,
    )
    const choices = candidates.map((thread) => ({
      value: thread.id,
      label: `${thread.id} ${thread.name}`,
      hint: describeOutcome({ ...thread.sessions.at(-1), ...standingOf(thread) }),
    }))
    const all = { value: 'all', label: `All ${candidates.length}` }
    const answer = await askChoice('Which thread?', candidates.length > 1 ? [...choices, all] : choices)
    if (answer.type !== 'chosen') return answer
    const ids = answer.value === 'all' ? candidates.map(({ id }) => id) : [answer.value]
    return { type: 'chosen', value: ids }
  }

  async askAction(threads: ThreadFacts[], options: readonly FixOption[]): Promise<Answer<FixChoice>> {
    if (this.#options.json !== true) print([...this.#describeHistory(threads), ...describeHelp(threads)])
    const refused = options.flatMap(({ action, refusal }) =>
      refusal === null ? [] : [`${actionWords(threads)[action].label} is not possible: ${refusal}`],
    )
    if (this.#options.json !== true) print(refused.length === 0 ? [''] : ['', ...refused, ''])
    const possible = options.filter(({ refusal }) => refusal === null).map(({ action }) => action)
    const flags = possible.map((action) => actionFlags[action]).join(' | ')
    this.#requirePerson('What do you want to do?', advice`${work('fix', ...nameThreads(threads))} ${flags}`)
    const words = actionWords(threads)
    return askChoice<FixChoice>('What do you want to do?', [
      ...possible.map((action) => ({ value: action, ...words[action] })),
      ...furtherChoices(threads, await screenOf(threads)),
    ])
  }

  /** Whether to mark threads as completed, though tasks may be open. */
  async askCompletion(ids: readonly string[], open: number): Promise<Answer<true>> {
    const despite = open === 0 ? '' : `, with ${counted(open, 'open task')}`
    return askNo(`Mark ${ids.join(', ')} as completed${despite}?`)
  }

  askStart(): Promise<Answer<true>> {
    print([''])
    return askYes('Start?')
  }

  async askAgent(threads: ThreadFacts[], { agents }: AgentsFile): Promise<Answer<string>> {
    const last = new Set(threads.map((thread) => thread.sessions.at(-1)?.agentName))
    const others = agents.filter(({ name }) => last.size > 1 || !last.has(name))
    const [first = '<name>', ...more] = others.map(({ name }) => name)
    const choice = work('fix', ...nameThreads(threads), '--agent', first)
    this.#requirePerson(
      'Which agent should do it?',
      advice`${choice}${more.map((name) => ` | ${name}`).join('')}`,
    )
    return askChoice(
      'Which agent?',
      others.map(({ name, description }) => ({ value: name, label: name, hint: description })),
    )
  }

  /** Up to three questions, of which Escape leads to the one before. */
  async askStage(threads: ThreadFacts[]): Promise<Answer<FixStage>> {
    const { stage, name, description } = this.#options
    const known = stage ?? (threads[0] === undefined ? undefined : parentId(threads[0].id, 'stage'))
    const place = threads.length === 0 ? ['--stage', '<n>'] : nameThreads(threads)
    this.#requirePerson(
      known === undefined ? 'Which stage does the new one fix?' : 'Name of the new stage?',
      work('fix', '--new-stage', ...place, '--name', '<text>'),
    )
    const steps = [
      ...(known === undefined ? [() => this.#askMended()] : []),
      ...(name === undefined ? [() => askText('Name of the fix, in a few words', refusalOfName)] : []),
      ...(description === undefined ? [() => askText('Describe the problem (optional)', refusalOfText)] : []),
    ]
    const answer = await askInTurn(steps)
    if (answer.type !== 'chosen') return answer
    const answers = [...answer.value]
    return {
      type: 'chosen',
      value: {
        mends: known ?? answers.shift() ?? '',
        name: requireName(name ?? answers.shift() ?? ''),
        description: requireText(description ?? answers.shift() ?? ''),
      },
    }
  }

  async askNote(): Promise<Answer<string>> {
    this.#requirePerson('Do it?', unconfirmed)
    return askText('A note for the agent? (optional)', refusalOfText)
  }

  async askConfirmation(order: FixOrder): Promise<Answer<true>> {
    this.#requirePerson('Do it?', unconfirmed)
    await this.#showOrder(order)
    print([''])
    return askYes(order.action === 'stage' ? 'Add it?' : 'Start?')
  }

  /** Of one thread all that it has been through, of several a line each: where they stopped. */
  #describeHistory(threads: ThreadFacts[]): OutputLine[] {
    const [thread, ...others] = threads.map((one) => ({ ...one, ...standingOf(one) }))
    if (thread === undefined) return []
    if (others.length === 0) return ['', ...renderThreadHistory(thread, look())]
    const { stream, index } = this.#context
    const lasts = [thread, ...others].map((one) => {
      const last = attemptsOf(one).at(-1)
      return { ...one, session: last && { ...last.session, attempt: last.number } }
    })
    const here = streamFlag(stream.id, index.read().current_stream)
    const all = advice`All attempts: ${work('status', '--sessions', ...here)}`
    return ['', ...describeAttempts(stream, lasts), all]
  }

  async #askMended(): Promise<Answer<string>> {
    const { plan } = parsePlan(readPlanText(this.#context))
    return askChoice(
      'Which stage does this fix?',
      plan.stages.toReversed().map(({ id, name }) => ({ value: id, label: `${id} ${name}` })),
    )
  }

  #requirePerson(question: string, flags: HintSource): void {
    requirePerson(this.#options, question, flags)
  }
}

/** What a script specifies instead of an answer, once the action is known. */
const unconfirmed =
  'Run it again with --yes, or with --dry-run to see what it would do; --note <text> adds instructions for the agent.'

const actionFlags: Record<FixAction, string> = {
  resume: '--resume',
  retry: '--retry',
  swap: '--agent <name>',
  stage: '--new-stage',
}

function nameThreads(threads: ThreadFacts[]): string[] {
  return ['--thread', ...threads.map(({ id }) => id)]
}

function actionWords(threads: ThreadFacts[]): Record<FixAction, { label: string; hint: string }> {
  const agents = [...new Set(threads.map((thread) => thread.sessions.at(-1)?.agentName ?? ''))].join(', ')
  return {
    resume: { label: 'Resume', hint: `continue the same session (agent ${agents})` },
    retry: { label: 'Retry', hint: `start over with a new session for the open tasks (agent ${agents})` },
    swap: { label: 'Change agent', hint: 'start a new session with another agent' },
    stage: { label: 'New stage', hint: 'leave it as it is and add a stage to the plan that fixes it' },
  }
}

/** The screen of a single thread's session, if its runner has one. */
async function screenOf([thread, ...others]: ThreadFacts[]): Promise<RunnerScreen | undefined> {
  const session = thread?.sessions.at(-1)
  if (session === undefined || others.length > 0) return undefined
  return (await loadRunner(session.runner)).screen
}

/** What else than to run them again. */
function furtherChoices(threads: ThreadFacts[], screen: RunnerScreen | undefined): Choice<FixChoice>[] {
  const [thread] = threads
  const session = threads.length === 1 ? thread?.sessions.at(-1) : undefined
  const [it, are] = threads.length === 1 ? ['it', 'is'] : ['them', 'are']
  return [
    ...(session === undefined
      ? []
      : [{ value: 'log' as const, label: 'Show the log', hint: 'all of its output' }]),
    ...(screen === undefined
      ? []
      : [{ value: 'attach' as const, label: 'Open the session', hint: `in ${screen.title}` }]),
    {
      value: 'complete',
      label: 'Mark as completed',
      hint: `you have done ${it === 'it' ? 'its' : 'their'} work by hand`,
    },
    { value: 'agents', label: 'Edit agents.yaml', hint: 'then choose again' },
    {
      value: 'skip',
      label: 'Skip',
      hint: `leave ${it} as ${threads.length === 1 ? 'it' : 'they'} ${are} for now`,
    },
  ]
}

/** A line for each thing that helps. */
function describeHelp(threads: ThreadFacts[]): Hint[] {
  const all = whatHelps(threads)
  const isOne = all.length === 1
  return all.map(({ hint, threads: ids }) =>
    isOne ? advice`What helps: ${hint}` : advice`What helps ${ids.join(', ')}: ${hint}`,
  )
}

/** A table of threads to choose from. */
export function describeThreads(threads: ThreadFacts[]): string[] {
  return renderFixTable(threads.map(fixRow), look())
}

function look() {
  const width = outputWidth()
  return { style: outputStyle(), now: now().getTime(), ...(width === undefined ? {} : { width }) }
}

/** What did not complete, among the other threads of its batches as long as these are few; and how many others there are. */
function describeCandidates(observed: ThreadFacts[], candidates: ThreadFacts[]): string[] {
  const all = besides(observed, candidates)
  const rows = all.length > mostBesides ? all.filter(isUnfinished) : all
  const others = observed
    .filter((thread) => !rows.includes(thread))
    .map((thread) => standingOf(thread).status)
  const counts = [...new Set(others)].map(
    (status) => `${others.filter((one) => one === status).length} ${status}`,
  )
  return [
    ...describeThreads(rows),
    ...(counts.length === 0 ? [] : [`${outputStyle().glyphs.ellipsis} and ${counts.join(', ')}`]),
  ]
}

/** Rows of a table that has completed threads too. */
const mostBesides = 12

/** The candidates among those of their batches that have been run: what is done beside them helps to see what is not. */
function besides(observed: ThreadFacts[], candidates: ThreadFacts[]): ThreadFacts[] {
  const batches = new Set(candidates.map(({ id }) => parentId(id, 'batch')))
  return observed.filter(
    (thread) =>
      isUnfinished(thread) ||
      (batches.has(parentId(thread.id, 'batch')) && standingOf(thread).status !== 'pending'),
  )
}

function fixRow(thread: ThreadFacts): FixRow {
  const last = thread.sessions.at(-1)
  return {
    id: thread.id,
    name: thread.name,
    ...standingOf(thread),
    exitCode: last?.exitCode,
    signal: last?.signal,
    sessionCount: thread.sessions.length,
    agent: last?.agentName,
    at: last?.completedAt ?? last?.startedAt,
  }
}

/** Asks one after the other. Escape leads to the one before, and from the first one back. */
async function askInTurn(steps: (() => Promise<Answer<string>>)[]): Promise<Answer<string[]>> {
  const answers: string[] = []
  while (answers.length < steps.length) {
    const answer = await steps[answers.length]?.()
    if (answer === undefined || answer.type === 'cancel') return { type: 'cancel' }
    if (answer.type === 'chosen') answers.push(answer.value)
    else if (answers.pop() === undefined) return { type: 'back' }
  }
  return { type: 'chosen', value: answers }
}

function refusalOfName(text: string): string | null {
  return refusalOf(() => requireName(text))
}

function refusalOfText(text: string): string | null {
  return refusalOf(() => requireText(text))
}

function refusalOf(check: () => unknown): string | null {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof WorkError) return error.message
    throw error
  }
}
