import { relative } from 'node:path'
import { counted } from '../../../text/plural.ts'
import { tasksWithin } from '../../../threads/find-task.ts'
import { compareWithTasks, planDiffers } from '../../../approval/changes/plan-changes.ts'
import { writePrompts } from '../../../prompts/prompt.ts'
import { isDone, threadsOf } from '../../../threads/thread.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { isUnder } from '../../../ids.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { openStream, readPlanText, type CommonOptions } from '../../context.ts'
import { withPart } from '../../ids.ts'
import { print, printJson, say } from '../../output.ts'
import { targetsOf } from '../../filters.ts'
import { advice, work } from '../../../text/hint.ts'

export interface PromptOptions extends CommonOptions {
  thread?: string
  stage?: string
  batch?: string
}

/** `work prompt`: writes the prompts of threads. A thread that is done keeps the prompt it had. */
export async function prompt(word: string | undefined, asked: PromptOptions): Promise<void> {
  const options = withPart(word, asked, ['stage', 'batch', 'thread'])
  const targets = targetsOf(options)
  const context = openStream(options)
  const { plan, problems } = parsePlan(readPlanText(context))
  const file = context.tasks.read()
  if (file.tasks.length === 0) throw noTasks(context.entry.id)
  const wanted = tasksWithin(file.tasks, targets)
  const threads = threadsOf(file).filter((thread) => wanted.some((task) => isUnder(task.id, thread.id)))
  const open = threads.filter((thread) => !isDone(thread))

  const isOpen = ({ id }: { id: string }) => open.some((thread) => thread.id === id)
  const differences = compareWithTasks(file, plan)
  const other = differences.some(
    (one) => one.isOpen && one.kind !== 'removed' && 'recorded' in one && isOpen(one.recorded),
  )
  if (other) throw planDiffers(differences)

  const errors = problems.filter((problem) => problem.severity === 'error').length
  if (errors > 0)
    say(`Warning: PLAN.md has ${counted(errors, 'error')}, so prompts may lack some of it.`, {
      next: work('validate', 'plan'),
    })
  const written = writePrompts(context.stream, plan, open)
  const prompts = written.map((path) => relative(context.workspace.root, path))
  if (options.json === true) printJson({ prompts })
  else print(prompts)
  const done = threads.length - open.length
  if (done > 0) say(`${counted(done, 'thread')} ${done === 1 ? 'is' : 'are'} done and left alone.`)
}

function noTasks(streamId: string): WorkError {
  return new WorkError(`${streamId} has no tasks yet.`, {
    code: 'no-tasks',
    hint: advice`${work('approve', 'plan')}, then ${work('approve', 'tasks')}`,
    exitCode: exitCodes.unfinished,
  })
}
