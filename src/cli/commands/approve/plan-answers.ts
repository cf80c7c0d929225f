import { WorkError } from '../../../errors.ts'
import { requireId } from '../../../ids.ts'
import { type Answers, noAnswers } from '../../../plan/compare/answers.ts'
import type { RecordedThread } from '../../../plan/compare/recorded-thread.ts'
import { findThread, type Plan } from '../../../plan/plan.ts'
import { advice, work } from '../../../text/hint.ts'

/** Flags that say what became of threads whose place or name in PLAN.md changed. */
export interface AnswerOptions {
  /** `01.01.01`, or `01.01.01=01.01.02` where the plan has it elsewhere. */
  renamed?: string[]
  new?: string[]
  keep?: string[]
  drop?: string[]
  renumber?: boolean
  force?: boolean
}

/** What flags say. Throws a `WorkError` (`usage`, `thread-not-found`) for an id that there is not, or with two answers. */
export function readAnswers(
  options: AnswerOptions,
  recorded: readonly RecordedThread[],
  plan: Plan,
): Answers {
  const renamed = new Map(options.renamed?.map(readRenamed))
  const answers = {
    renamed,
    fresh: readIds(options.new),
    keep: readIds(options.keep),
    drop: readIds(options.drop),
    renumber: options.renumber === true,
    force: options.force === true,
  }
  const known = new Set(recorded.map(({ id }) => id))
  for (const id of [...renamed.keys(), ...answers.keep, ...answers.drop]) {
    if (!known.has(id)) throw notFound(id, 'tasks.json')
  }
  for (const id of [...renamed.values(), ...answers.fresh]) {
    if (findThread(plan, id) === undefined) throw notFound(id, 'PLAN.md')
  }
  requireOneAnswer(answers)
  return answers
}

/** Whether a flag answers a question about threads. */
export function hasAnswers({ renamed, new: fresh, keep, drop, renumber }: AnswerOptions): boolean {
  return [renamed, fresh, keep, drop, renumber].some((flag) => flag !== undefined)
}

/** The answers of both, for who is asked after flags were given. */
export function mergeAnswers(first: Answers, second: Partial<Answers>): Answers {
  const { renamed, fresh, keep, drop } = { ...noAnswers, ...second }
  return {
    renamed: new Map([...first.renamed, ...renamed]),
    fresh: new Set([...first.fresh, ...fresh]),
    keep: new Set([...first.keep, ...keep]),
    drop: new Set([...first.drop, ...drop]),
    renumber: first.renumber || second.renumber === true,
    force: first.force,
  }
}

function readRenamed(text: string): [string, string] {
  const [before = '', after = before, ...more] = text.split('=')
  if (more.length > 0) {
    throw new WorkError(`"${text}" is not one thread, or two with "=" between them.`, {
      code: 'usage',
      hint: work('approve', 'plan', '--renamed', '01.01.01=01.01.02'),
    })
  }
  return [requireId(before, 'thread'), requireId(after, 'thread')]
}

function readIds(texts: string[] = []): Set<string> {
  return new Set(texts.map((text) => requireId(text, 'thread')))
}

function requireOneAnswer({ renamed, fresh, keep, drop }: Answers): void {
  const given = [...renamed.keys(), ...keep, ...drop]
  const targets = [...renamed.values(), ...fresh]
  for (const ids of [given, targets]) {
    const twice = ids.find((id, index) => ids.indexOf(id) !== index)
    if (twice === undefined) continue
    throw new WorkError(`Thread ${twice} has two answers that contradict each other.`, {
      code: 'usage',
      hint: work('approve', '--help'),
    })
  }
}

function notFound(id: string, file: string): WorkError {
  return new WorkError(`There is no thread ${id} in ${file}.`, {
    code: 'thread-not-found',
    hint: advice`${work('check', 'plan')} lists what changed.`,
  })
}
