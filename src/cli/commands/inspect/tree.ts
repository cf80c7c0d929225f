import { requireTasks } from '../../../threads/find-task.ts'
import { observeThreads } from '../../../engine/probe.ts'
import { viewTree } from '../../../threads/status.ts'
import { isUnder } from '../../../ids.ts'
import { renderTree } from '../../../ui/tree.ts'
import { now, openStream, type CommonOptions } from '../../context.ts'
import { withPart } from '../../ids.ts'
import { outputStyle, outputWidth, printJson } from '../../output.ts'
import { sayNoTasks } from '../plan/no-tasks.ts'
import { printPaged } from '../../pager.ts'
import { targetsOf } from '../../filters.ts'

export interface TreeOptions extends CommonOptions {
  stage?: string
  batch?: string
  thread?: string
}

/** `work tree`: stages, batches and threads, with the current status of each. */
export async function tree(word: string | undefined, asked: TreeOptions): Promise<void> {
  const options = withPart(word, asked, ['stage', 'batch', 'thread'])
  const targets = targetsOf(options)
  const { entry, stream, tasks } = openStream(options)
  const threads = await observeThreads(tasks, stream, now)
  const all = threads.flatMap((thread) => thread.tasks)
  for (const target of targets) requireTasks(all, target)
  const wanted = threads.filter((thread) => targets.every(({ id }) => isUnder(thread.id, id)))
  const stages = viewTree(wanted)
  const look = { style: outputStyle(), width: outputWidth() ?? Infinity }
  if (options.json === true) printJson({ stream: entry.id, stages })
  else await printPaged(renderTree(entry.id, stages, look))
  if (threads.length === 0) sayNoTasks()
}
