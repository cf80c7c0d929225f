import type {
  FixAction,
  FixAnswer,
  FixAsked,
  FixChoice,
  FixQuestion,
} from '../../../../machines/fix-context.ts'
import { isClosed } from '../../../../machines/statuses.ts'
import { WorkError } from '../../../errors.ts'
import { requireName, requireText } from '../../../plan/edit/edit.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { loadRunner } from '../../../runners/registry.ts'
import { advice, work } from '../../../text/hint.ts'
import { counted } from '../../../text/plural.ts'
import { standingOf } from '../../../threads/standing.ts'
import { awaitsDelivery, isUndelivered, type ThreadFacts } from '../../../threads/thread.ts'
import { describeOutcome } from '../../../ui/outcome.ts'
import { askChoice, askNo, askText, askYes, mapAnswer, type Choice } from '../../../ui/prompt.ts'
import { readPlanText } from '../../context.ts'
import { requirePerson } from '../../interactive.ts'
import { print } from '../../output.ts'
import type { FixScene } from './fix-scene.ts'
import { describeCandidates, describeHelp, describeHistory } from './fix-screens.ts'

type Prompt = (asked: FixAsked, scene: FixScene) => Promise<FixAnswer>

/**
 * How each question of the fix chart is asked. Without a terminal it is an error instead, which names the flags that give
 * the answer.
 */
export const fixPrompts: Record<FixQuestion, Prompt> = {
  choosingThreads: async ({ known: { candidates } }, scene) => {
    const threads = scene.threads(candidates)
    scene.show(['', ...describeCandidates(scene.observed, threads), ''])
    const flags = advice`${work('fix', '--thread', '<id>', '--retry')}, or --all-failed`
    requirePerson(scene.options, 'Which thread do you want to fix?', flags)
    const choices = threads.map((thread) => ({
      value: thread.id,
      label: `${thread.id} ${thread.name}`,
      hint: describeOutcome({ ...thread.sessions.at(-1), ...standingOf(thread) }),
    }))
    const all = { value: 'all', label: `All ${threads.length}` }
    const answer = await askChoice('Which thread?', threads.length > 1 ? [...choices, all] : choices)
    return mapAnswer(answer, (id) => ({ threads: id === 'all' ? candidates : [id] }))
  },

  choosingAction: async ({ known: { threads: ids, options } }, scene) => {
    const threads = scene.threads(ids)
    const words = actionWords(threads)
    const refused = (options ?? []).flatMap(({ action, refusal }) =>
      refusal === null ? [] : [`${words[action].label} is not possible: ${refusal}`],
    )
    scene.show([...describeHistory(threads, scene), ...describeHelp(threads)])
    scene.show(['', ...(refused.length === 0 ? [] : [...refused, ''])])
    const possible = (options ?? []).filter(({ refusal }) => refusal === null).map(({ action }) => action)
    const flags = possible.flatMap((action) => actionFlags[action] ?? []).join(' | ')
    requirePerson(scene.options, 'What do you want to do?', advice`${work('fix', ...named(ids))} ${flags}`)
    const answer = await askChoice<FixChoice>('What do you want to do?', [
      ...possible.map((action) => ({ value: action, ...words[action] })),
      ...(await otherChoices(threads, scene.options.dryRun === true)),
    ])
    return mapAnswer(answer, (action) => ({ action }))
  },

  confirmingCompletion: async ({ known: { threads: ids } }, scene) => {
    const open = scene.threads(ids).flatMap(({ tasks }) => tasks.filter(({ status }) => !isClosed(status)))
    const despite = open.length === 0 ? '' : `, with ${counted(open.length, 'open task')}`
    const answer = await askNo(`Mark ${ids?.join(', ')} as completed${despite}?`)
    return mapAnswer(answer, (isDone) => ({ isDone }))
  },

  choosingAgent: async ({ known: { threads: ids } }, scene) => {
    const last = new Set(scene.threads(ids).map(({ sessions }) => sessions.at(-1)?.agentName))
    const { agents } = (await scene.world()).agents
    const others = agents.filter(({ name }) => last.size > 1 || !last.has(name))
    const [first = '<name>', ...more] = others.map(({ name }) => name)
    const choice = work('fix', ...named(ids), '--agent', first)
    const flags = advice`${choice}${more.map((name) => ` | ${name}`).join('')}`
    requirePerson(scene.options, 'Which agent should do it?', flags)
    const choices = others.map(({ name, description }) => ({ value: name, label: name, hint: description }))
    return mapAnswer(await askChoice('Which agent?', choices), (agent) => ({ agent }))
  },

  choosingStage: async (_, { context, options }) => {
    const flags = work('fix', '--new-stage', '--stage', '<n>', '--name', '<text>')
    requirePerson(options, 'Which stage does the new one fix?', flags)
    const { plan } = parsePlan(readPlanText(context))
    const choices = plan.stages.toReversed().map(({ id, name }) => ({ value: id, label: `${id} ${name}` }))
    return mapAnswer(await askChoice('Which stage does this fix?', choices), (fixedStage) => ({ fixedStage }))
  },

  namingStage: async ({ known: { threads: ids } }, { options }) => {
    const place = ids?.length === 0 ? ['--stage', '<n>'] : named(ids)
    const flags = work('fix', '--new-stage', ...place, '--name', '<text>')
    requirePerson(options, 'Name of the new stage?', flags)
    const answer = await askText('Name of the fix, in a few words', refusalBy(requireName))
    return mapAnswer(answer, (name) => ({ name: requireName(name) }))
  },

  describingStage: async () => {
    const answer = await askText('Describe the problem (optional)', refusalBy(requireText))
    return mapAnswer(answer, (description) => ({ description: requireText(description) }))
  },

  writingNote: async (_, { options }) => {
    requirePerson(options, 'Do it?', unconfirmed)
    const answer = await askText('A note for the agent? (optional)', refusalBy(requireText))
    return mapAnswer(answer, (note) => ({ note }))
  },

  confirmingOrder: async ({ order }, scene) => {
    requirePerson(scene.options, 'Do it?', unconfirmed)
    await scene.showOrders([order])
    print([''])
    const answer = await askYes(order.action === 'stage' ? 'Add it?' : 'Start?')
    return mapAnswer(answer, (isConfirmed) => ({ isConfirmed }))
  },
}

/** What a script specifies instead of an answer, once the action is known. */
const unconfirmed =
  'Run it again with --yes, or with --dry-run to see what it would do; --note <text> adds instructions for the agent.'

/** `work merge` delivers again. */
const actionFlags: Record<FixAction, string | null> = {
  resume: '--resume',
  deliver: null,
  retry: '--retry',
  swap: '--agent <name>',
  stage: '--new-stage',
}

/** The flag that names these threads. */
function named(ids: readonly string[] | null): string[] {
  return ['--thread', ...(ids ?? [])]
}

function actionWords(threads: ThreadFacts[]): Record<FixAction, { label: string; hint: string }> {
  const agents = [...new Set(threads.map((thread) => thread.sessions.at(-1)?.agentName ?? ''))].join(', ')
  return {
    resume: { label: 'Resume', hint: `continue the same session (agent ${agents})` },
    deliver: {
      label: threads.every(({ sessions }) => sessions.at(-1)?.deliver === 'verify')
        ? 'Verify again'
        : 'Merge again',
      hint: 'no agent runs',
    },
    retry: {
      label: 'Retry',
      hint: threads.every(awaitsDelivery)
        ? `a new session does what is left (agent ${agents})`
        : `start over with a new session for the open tasks (agent ${agents})`,
    },
    swap: { label: 'Change agent', hint: 'start a new session with another agent' },
    stage: { label: 'New stage', hint: 'leave it as it is and add a stage to the plan that fixes it' },
  }
}

/** What else than to run them again. The log and the screen are those of a single thread's session. */
async function otherChoices(threads: ThreadFacts[], isPreview: boolean): Promise<Choice<FixChoice>[]> {
  const isOne = threads.length === 1
  const session = isOne ? threads[0]?.sessions.at(-1) : undefined
  const screen = session === undefined ? undefined : (await loadRunner(session.runner)).screen
  const isInClone = isOne && threads.every(awaitsDelivery) && session?.branch !== undefined
  const hand: Choice<FixChoice> = { value: 'hand', label: 'Do it by hand', hint: 'shows its clone and how' }
  const log: Choice<FixChoice> = { value: 'log', label: 'Show the log', hint: 'all of its output' }
  const open = { value: 'attach' as const, label: 'Open the session', hint: `in ${screen?.title}` }
  const changes: Choice<FixChoice>[] = [
    {
      value: 'complete',
      label: 'Mark as completed',
      hint: threads.some(isUndelivered)
        ? `${isOne ? 'its' : 'their'} work is not merged, but kept`
        : `you have done ${isOne ? 'its' : 'their'} work by hand`,
    },
    { value: 'agents', label: 'Edit agents.yaml', hint: 'then choose again' },
  ]
  return [
    ...(isInClone ? [hand] : []),
    ...(session === undefined ? [] : [log]),
    ...(screen === undefined ? [] : [open]),
    ...(isPreview ? [] : changes),
    {
      value: 'skip',
      label: 'Skip',
      hint: `leave ${isOne ? 'it as it is' : 'them as they are'} for now`,
    },
  ]
}

/** Why a check does not accept a text; null when it does. */
function refusalBy(check: (text: string) => unknown): (text: string) => string | null {
  return (text) => {
    try {
      check(text)
      return null
    } catch (error) {
      if (error instanceof WorkError) return error.message
      throw error
    }
  }
}
