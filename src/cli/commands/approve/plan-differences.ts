import { isSetAside } from '../../../approval/changes/apply.ts'
import { describeDifferences, placed } from '../../../approval/changes/describe.ts'
import { planHash } from '../../../approval/gate.ts'
import { compareWithTasks, followPlan, planDiffers } from '../../../approval/changes/plan-changes.ts'
import { recordedThreads } from '../../../approval/changes/record.ts'
import { threadsOf } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import type { Answers } from '../../../plan/compare/answers.ts'
import type { Difference } from '../../../plan/compare/compare.ts'
import type { Plan } from '../../../plan/plan.ts'
import { findStream } from '../../../store/index/index-file.ts'
import { askChoice, type Choice } from '../../../ui/prompt.ts'
import { plainText } from '../../../text/sanitize.ts'
import { now, type CommonOptions, type StreamContext } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { print } from '../../output.ts'
import { mergeAnswers, readAnswers, type AnswerOptions } from './plan-answers.ts'

/**
 * Before an approval: brings tasks.json to where the plan is, as flags or answers on the terminal say, and gives what changed
 * in words. Throws a `WorkError` (`plan-differs`) when something is open and nobody can be asked; nothing is changed then.
 */
export async function settlePlan(
  context: StreamContext,
  plan: Plan,
  text: string,
  { target, ...options }: AnswerOptions & CommonOptions & { target: string },
): Promise<string[]> {
  const { stream, tasks, index } = context
  const file = tasks.read()
  const answers = readAnswers(options, recordedThreads(threadsOf(file), file.plan), plan)
  if (file.tasks.length === 0) return []
  const differences = compareWithTasks(file, plan, answers)
  const isOpen = differences.some((one) => one.isOpen)
  if (isOpen && !canAsk(options)) throw planDiffers(differences, target)
  const all = isOpen ? await askAnswers(differences, answers) : answers
  const { approval } = findStream(index.read(), context.entry.id)
  const changes = await followPlan({
    stream,
    tasks,
    plan,
    hash: planHash(text),
    answers: all,
    appliedAt: approval?.renumbered_at,
    now,
    command: ['work', ...process.argv.slice(2)].join(' '),
  })
  return describeChanges(changes)
}

function describeChanges(changes: readonly Difference[]): string[] {
  const news = changes.filter(({ kind }) => kind !== 'kept' && kind !== 'new' && kind !== 'left')
  if (news.length === 0) return []
  const dropped = news.filter((one) => isSetAside(one) && one.recorded.hasHistory)
  return [
    ...describeDifferences(changes),
    ...(dropped.length === 0 ? [] : ['What was recorded of them is in tasks.json, below "dropped_threads".']),
  ].map(plainText)
}

/** Asks about each open difference in turn. Throws a `WorkError` (`cancelled`) when a question is left. */
async function askAnswers(differences: readonly Difference[], flags: Answers): Promise<Answers> {
  print(describeDifferences(differences).map(plainText))
  let answers = flags
  const open = differences.filter(({ isOpen }) => isOpen)
  const moved = open.filter(({ kind }) => kind === 'moved').length
  if (moved > 0) {
    await choose(`${moved} moved: keep their history under their new ids?`, [
      { value: 'yes', label: 'Renumber', hint: 'their history moves with them' },
    ])
    answers = mergeAnswers(answers, { renumber: true })
  }
  for (const one of open) answers = mergeAnswers(answers, await askOne(one))
  return answers
}

async function askOne(difference: Difference): Promise<Partial<Answers>> {
  switch (difference.kind) {
    case 'changed':
    case 'edited': {
      const { recorded, planned } = difference
      const answer = await choose(`${placed(planned)} was "${recorded.name}". Which is it?`, [
        { value: 'same', label: 'The same thread', hint: 'it keeps its history' },
        { value: 'new', label: 'A new thread', hint: 'what was recorded is set aside, and it runs' },
      ])
      if (answer === 'same') return { renamed: new Map([[recorded.id, planned.thread.id]]) }
      const drop = planned.thread.id === recorded.id ? [] : [recorded.id]
      return { fresh: new Set([planned.thread.id]), drop: new Set(drop) }
    }
    case 'unsure': {
      const { recorded, candidates } = difference
      const answer = await choose(`Which one is ${recorded.id} "${recorded.name}"?`, [
        ...candidates.map((one) => ({ value: one.thread.id, label: placed(one) })),
        { value: 'none', label: 'None of them', hint: 'what was recorded is set aside' },
      ])
      return answer === 'none'
        ? { drop: new Set([recorded.id]) }
        : { renamed: new Map([[recorded.id, answer]]) }
    }
    case 'removed': {
      const { id, name } = difference.recorded
      const answer = await choose<'drop' | 'keep'>(`${id} "${name}" is not in PLAN.md. What becomes of it?`, [
        { value: 'drop', label: 'Drop', hint: 'set its record aside; it does not run' },
        ...(difference.isTaken
          ? []
          : [{ value: 'keep' as const, label: 'Keep', hint: 'it stays, and runs if it has open tasks' }]),
      ])
      return answer === 'drop' ? { drop: new Set([id]) } : { keep: new Set([id]) }
    }
    case 'kept':
    case 'renamed':
    case 'moved':
    case 'dropped':
    case 'left':
    case 'new':
      return {}
  }
}

async function choose<Value extends string>(question: string, choices: Choice<Value>[]): Promise<Value> {
  const answer = await askChoice(plainText(question), choices)
  if (answer.type === 'chosen') return answer.value
  throw new WorkError('Cancelled: nothing was changed.', {
    code: 'cancelled',
    exitCode: exitCodes.interrupted,
  })
}
