import { requireAgent } from '../../../agents/choose-agent.ts'
import { requireTasks, type Target } from '../../../threads/find-task.ts'
import { assignedAgent, threadsOf } from '../../../threads/thread.ts'
import { WorkError } from '../../../errors.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { renderTable } from '../../../ui/table.ts'
import { now, openStream, type CommonOptions, type StreamContext } from '../../context.ts'
import { outputStyle, outputWidth, print, printJson } from '../../output.ts'
import { withPart } from '../../ids.ts'
import { targetsOf } from '../../filters.ts'
import { advice, work, type HintSource } from '../../../text/hint.ts'

export interface AssignOptions extends CommonOptions {
  thread?: string
  task?: string
  agent?: string
  clear?: boolean
  list?: boolean
}

/** `work assign`: says which agent does a thread or a task, or shows it. */
export async function assign(word: string | undefined, asked: AssignOptions): Promise<void> {
  const options = withPart(word, asked, ['thread', 'task'])
  const change = changeOf(options)
  const context = openStream(options)
  if (change === 'list') return showAssignments(context, options)
  const { target, agent } = change
  if (agent !== null) requireAgent(await readAgents(context.workspace.agents), agent)
  const changed = await context.tasks.commit((file) => {
    const found = requireTasks(file.tasks, target)
    for (const task of found) {
      if (agent === null) delete task.assigned_agent
      else task.assigned_agent = agent
      task.updated_at = now().toISOString()
    }
    return found
  })
  if (options.json === true) printJson({ stream: context.entry.id, tasks: changed })
  else print([describeChange(target, agent)])
}

interface Change {
  target: Target
  /** null is nobody in particular. */
  agent: string | null
}

function changeOf(options: AssignOptions): Change | 'list' {
  const { agent, clear = false, list = false } = options
  const { agent: _, clear: __, list: ___, ...scope } = options
  const targets = targetsOf(scope)
  const [target, second] = targets
  if (list) {
    if (target === undefined && agent === undefined && !clear) return 'list'
    throw wrongUse(
      '--list only shows the assignments: it cannot be combined with a change.',
      work('assign', '--list'),
    )
  }
  if (second !== undefined) throw wrongUse('--thread and --task can not be given together.')
  if (target === undefined) throw wrongUse('Specify a thread (--thread) or a task (--task).')
  if (agent !== undefined && clear) throw wrongUse('--agent names an agent and --clear names none.')
  if (agent === undefined && !clear)
    throw wrongUse(
      `Specify an agent for ${target.level} ${target.id}: --agent, or --clear to remove the assignment.`,
    )
  return { target, agent: agent ?? null }
}

function wrongUse(message: string, hint?: HintSource): WorkError {
  return new WorkError(message, {
    code: 'usage',
    hint:
      hint ??
      advice`${work('assign', '--thread', '01.01.02', '--agent', '<name>')}, or --clear to remove the assignment`,
  })
}

function describeChange({ level, id }: Target, agent: string | null): string {
  return agent === null
    ? `Removed the assignment of ${level} ${id}.`
    : `Agent ${agent} does ${level} ${id} now.`
}

function showAssignments({ entry, tasks }: StreamContext, { json }: AssignOptions): void {
  const threads = threadsOf(tasks.read()).map((thread) => {
    const { id, name } = thread
    return { id, name, agent: assignedAgent(thread) }
  })
  if (json === true) return printJson({ stream: entry.id, threads })
  const { colors, glyphs } = outputStyle()
  print(
    renderTable({
      columns: [
        { head: 'Thread', cell: ({ id }) => id },
        { head: 'Name', cell: ({ name }) => name, shrink: true },
        { head: 'Agent', cell: ({ agent }) => agent, shrink: true },
      ],
      rows: threads,
      paintHead: colors.dim,
      ellipsis: glyphs.ellipsis,
      width: outputWidth(),
    }),
  )
}
