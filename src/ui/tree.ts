import type { TaskStatus, ThreadStanding } from '../../machines/statuses.ts'
import { type Style, statusGlyph, statusIcon, statusPaint, statusWord } from './style.ts'
import { oneLine } from '../text/sanitize.ts'
import { fit, textWidth } from './width.ts'

/** A stage with everything below it, as `work list` and `work tree` show it. */
export interface TreeStage extends TreeNode {
  batches: readonly TreeBatch[]
}

/** A batch of a stage. */
interface TreeBatch extends TreeNode {
  threads: readonly TreeThread[]
}

/** A thread of a batch, with the agent it is assigned to. */
interface TreeThread extends TreeNode {
  agent?: string | undefined
  /** What it is about: shown below its name. */
  summary?: string | undefined
  tasks: readonly TreeTask[]
}

/** A task of a thread. */
interface TreeTask {
  id: string
  name: string
  status: TaskStatus
}

interface TreeNode {
  id: string
  name: string
  status: TaskStatus | ThreadStanding
}

/** Lines of `work list`: every task below its stage, batch and thread. Agents read this shape. */
export function renderList(streamId: string, stages: readonly TreeStage[], style: Style): string[] {
  return [
    `Workstream: ${oneLine(streamId)}`,
    `Tasks: ${countTasks(stages.flatMap(tasksOfStage))}`,
    ...stages.flatMap((stage) => ['', ...listStage(stage, style)]),
  ]
}

/** Lines of `work tree`: stages, batches and threads as branches, with marks, numbers of tasks and agents. */
export function renderTree(
  streamId: string,
  stages: readonly TreeStage[],
  { style, width = Infinity }: { style: Style; width?: number },
): string[] {
  const branches = stages.map(stageBranch)
  const root = `${oneLine(streamId)} (${stages.flatMap(tasksOfStage).length})`
  return [fit(root, width, style.glyphs.ellipsis), ...drawBranches(branches, '', style, width)]
}

function listStage(stage: TreeStage, style: Style): string[] {
  return [
    `Stage ${lastPart(stage.id)}: ${oneLine(stage.name)}`,
    ...stage.batches.flatMap((batch) => [
      `  Batch ${lastPart(batch.id)}: ${oneLine(batch.name)}`,
      ...batch.threads.flatMap((thread) => [
        `    Thread ${lastPart(thread.id)}: ${oneLine(thread.name)}`,
        ...thread.tasks.map(
          (task) => `      ${icon(task.status, style)} ${oneLine(`${task.id} ${task.name}`)}`,
        ),
      ]),
    ]),
  ]
}

/** `4 total | 1 completed | 1 in progress | 2 pending`; the rarer statuses follow when there are any. */
function countTasks(tasks: readonly TreeTask[]): string {
  const count = (status: TaskStatus) => tasks.filter((task) => task.status === status).length
  const common = ['completed', 'in_progress', 'pending'] as const
  const rare = (['blocked', 'cancelled'] as const).filter((status) => count(status) > 0)
  const parts = [...common, ...rare].map((status) => `${count(status)} ${statusWord(status)}`)
  return [`${tasks.length} total`, ...parts].join(' | ')
}

interface Branch {
  node: TreeNode
  tasks: number
  agent?: string | undefined
  summary?: string | undefined
  children: readonly Branch[]
}

function stageBranch(stage: TreeStage): Branch {
  return { node: stage, tasks: tasksOfStage(stage).length, children: stage.batches.map(batchBranch) }
}

function batchBranch(batch: TreeBatch): Branch {
  return { node: batch, tasks: tasksOfBatch(batch).length, children: batch.threads.map(threadBranch) }
}

function threadBranch(thread: TreeThread): Branch {
  const { agent, summary, tasks } = thread
  return { node: thread, tasks: tasks.length, agent, summary, children: [] }
}

function drawBranches(branches: readonly Branch[], indent: string, style: Style, width: number): string[] {
  return branches.flatMap((branch, index) => {
    const isLast = index === branches.length - 1
    const stem = indent + (isLast ? style.glyphs.lastBranch : style.glyphs.branch)
    const childIndent = indent + (isLast ? ' '.repeat(style.glyphs.line.length) : style.glyphs.line)
    return [
      drawBranch(branch, stem, style, width),
      ...drawSummary(branch, childIndent, style, width),
      ...drawBranches(branch.children, childIndent, style, width),
    ]
  })
}

/** One branch on one line; where it is narrow the agent goes first, then the number of tasks. */
function drawBranch({ node, tasks, agent }: Branch, stem: string, style: Style, width: number): string {
  const id = oneLine(node.id)
  const mark = statusGlyph(style, node.status)
  const room = width - textWidth(`${stem}${mark} ${id} `)
  const count = ` (${tasks})`
  const tails = agent === undefined ? [count] : [`${count} @${oneLine(agent)}`, count]
  const tail = tails.find((text) => textWidth(text) + leastName <= room) ?? ''
  const name = fit(node.name, room - textWidth(tail), style.glyphs.ellipsis)
  return `${style.colors.dim(stem)}${statusPaint(style, node.status)(mark)} ${id} ${name}${style.colors.dim(tail)}`
}

const leastName = 8

/** The summary of a thread, in one line below it. */
function drawSummary({ summary }: Branch, indent: string, style: Style, width: number): string[] {
  if (summary === undefined || summary === '') return []
  const margin = `${indent}  `
  return [
    style.colors.dim(`${margin}${fit(oneLine(summary), width - textWidth(margin), style.glyphs.ellipsis)}`),
  ]
}

/** The checkbox of a task in `work list`. */
function icon(status: TaskStatus, style: Style): string {
  return statusPaint(style, status)(statusIcon(status))
}

function tasksOfStage(stage: TreeStage): readonly TreeTask[] {
  return stage.batches.flatMap(tasksOfBatch)
}

function tasksOfBatch(batch: TreeBatch): readonly TreeTask[] {
  return batch.threads.flatMap((thread) => thread.tasks)
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1)
}
