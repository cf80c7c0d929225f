import { tasksWithin } from '../engine/find-task.ts'
import { observeTasks } from '../engine/observe.ts'
import { threadsOf } from '../engine/thread-facts.ts'
import { viewTree } from '../engine/views.ts'
import { renderTree } from '../ui/tree.ts'
import { now, openStream, type CommonOptions } from './context.ts'
import { outputStyle, outputWidth, print, printJson } from './output.ts'
import { targetsOf } from './scope.ts'

export interface TreeOptions extends CommonOptions {
  batch?: string
}

/** `work tree`: stages, batches and threads, with how each of them stands now. */
export async function tree(options: TreeOptions): Promise<void> {
  const targets = targetsOf(options)
  const { entry, stream, tasks } = openStream(options)
  const file = await observeTasks(tasks, stream, now)
  const stages = viewTree(threadsOf({ ...file, tasks: tasksWithin(file, targets) }))
  if (options.json === true) printJson({ stream: entry.id, stages })
  else
    print(
      renderTree(entry.id, stages, {
        style: outputStyle(),
        width: outputWidth() ?? Infinity,
      }),
    )
}
