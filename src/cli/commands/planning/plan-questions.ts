import { basename } from 'node:path'
import type { Answer } from '../../../../machines/answer.ts'
import type { DraftCheck, RescueChoice, ReviewChoice } from '../../../../machines/draft-context.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { planningThread } from '../../../planning/state.ts'
import { counted } from '../../../text/plural.ts'
import { plainText } from '../../../text/sanitize.ts'
import { askChoice, type Choice } from '../../../ui/prompt.ts'
import { describeOutcome, lastLineOf } from '../../../ui/outcome.ts'
import { print } from '../../output.ts'
import type { PlanningContext } from './planning-context.ts'

/** How many problems are shown before the question. */
const mostProblems = 10

const edit: Choice<'edit'> = { value: 'edit', label: 'Edit', hint: 'open the draft in your editor' }

/** What to do after the agent has failed, and the agent to do it, if the user chose another. */
export async function askAboutFailure(
  place: PlanningContext,
): Promise<{ answer: Answer<RescueChoice>; agent?: string }> {
  print(['', ...describeFailure(place), ''])
  const { agents } = await readAgents(place.context.workspace.agents)
  const answer = await askChoice<RescueChoice | 'swap'>('What do you want to do?', [
    { value: 'again', label: 'Try again', hint: 'the same agent, in the same session if that can be' },
    ...(agents.length > 1 ? [{ value: 'swap' as const, label: 'Another agent' }] : []),
    edit,
    { value: 'leave', label: 'Leave', hint: 'as it is' },
  ])
  if (answer.type !== 'chosen') return { answer }
  if (answer.value !== 'swap') return { answer: { type: 'chosen', value: answer.value } }
  const chosen = await askChoice(
    'Which agent?',
    agents.map(({ name, description }) => ({ value: name, label: name, hint: description })),
  )
  if (chosen.type !== 'chosen') return { answer: chosen }
  return { answer: { type: 'chosen', value: 'again' }, agent: chosen.value }
}

/** Why the agent that plans did not complete, in lines. */
export function describeFailure({ planning }: PlanningContext): string[] {
  const thread = planningThread(planning.read())
  const session = thread?.sessions.at(-1)
  if (thread === undefined || session === undefined) return ['The planning agent was not started.']
  const why = describeOutcome({ ...session, status: thread.status })
  const last = lastLineOf(session.detail)
  return [
    plainText(`Agent ${session.agentName} did not complete the draft: ${why}`),
    ...(last === undefined ? [] : [plainText(last)]),
  ]
}

/** What to do with a draft that stays invalid. */
export async function askAboutInvalid(
  { paths }: PlanningContext,
  { problems }: DraftCheck,
): Promise<Answer<RescueChoice>> {
  print([
    '',
    `${basename(paths.draft)} has ${counted(problems.length, 'problem')}:`,
    ...shortList(problems),
    '',
  ])
  return askChoice<RescueChoice>('What do you want to do?', [
    { value: 'again', label: 'Repair', hint: 'report these problems to the agent once more' },
    { value: 'revise', label: 'Revise', hint: 'say what to do instead' },
    edit,
    { value: 'leave', label: 'Leave', hint: 'the draft stays with its problems' },
  ])
}

/** The first problems, safe to print, and how many more there are. */
export function shortList(problems: readonly string[]): string[] {
  const rest = problems.length - mostProblems
  return [...problems.slice(0, mostProblems).map(plainText), ...(rest > 0 ? [`and ${rest} more`] : [])]
}

/** What the user says of a valid draft. */
export function askAboutReview({ questions }: DraftCheck): Promise<Answer<ReviewChoice>> {
  const open = counted(questions, 'open question')
  return askChoice<ReviewChoice>('What do you think of the plan?', [
    ...(questions === 0 ? [] : [{ value: 'answer' as const, label: `Answer ${open}` }]),
    {
      value: 'approve',
      label: questions === 0 ? 'Approve' : `Approve despite ${open}`,
      hint: 'make it PLAN.md, with its tasks',
    },
    { value: 'revise', label: 'Revise', hint: 'let the agent change it' },
    edit,
    { value: 'leave', label: 'Leave', hint: 'keep the draft for later' },
  ])
}
