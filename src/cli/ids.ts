import type { Target } from '../threads/find-task.ts'
import { WorkError } from '../errors.ts'
import { levels, normalizeId, parentId, requireId, type Level } from '../ids.ts'
import type { Task } from '../store/tasks/schema.ts'
import { openStream, type CommonOptions } from './context.ts'
import { advice, work } from '../text/hint.ts'

/** The options that say which part of a workstream a command is about. */
export interface ScopeOptions {
  stage?: string
  batch?: string
  thread?: string
  task?: string
}

/**
 * The padded id that a word means: an id with or without zeros, or a part of a name that only one stage, batch, thread or task of
 * the workstream has. Throws a `WorkError` (`bad-id`) for anything else, which lists what the word may mean.
 */
export function readId(word: string, level: Level, options: CommonOptions): string {
  return readIdAmong(word, level, () => openStream(options).tasks.read().tasks)
}

/** The same among these tasks, which are asked for only where the word is a name. */
export function readIdAmong(word: string, level: Level, tasks: () => readonly Task[]): string {
  const id = normalizeId(word, level)
  if (id !== undefined) return id
  if (/^[\d.\s]*$/.test(word)) return requireId(word, level)
  return findByName(word, level, tasks())
}

/** The id of the one whose name has this part, in any case; of several the one that is named exactly so. */
function findByName(word: string, level: Level, tasks: readonly Task[]): string {
  const named = new Map(tasks.map((task) => [parentId(task.id, level), nameOf(task, level)]))
  const wanted = word.trim().toLowerCase()
  const fits = (test: (name: string) => boolean) => [...named].filter(([, name]) => test(name.toLowerCase()))
  const exact = fits((name) => name === wanted)
  const found = exact.length > 0 ? exact : fits((name) => name.includes(wanted))
  const [one, ...others] = found
  if (one !== undefined && others.length === 0) return one[0]
  const [problem, shown] =
    one === undefined ? [`No ${level} is named`, [...named]] : [`Several ${plural(level)} are named`, found]
  throw new WorkError(`${problem} "${word}". ${list(shown, level)}`, {
    code: 'bad-id',
    hint:
      level === 'task' ? advice`${work('list')} shows every task.` : advice`${work('tree')} shows every id.`,
  })
}

/** What a word means where a task is asked for, or a thread: four numbers are a task and three a thread, whatever the flag. */
export function targetIn(word: string, asked: 'task' | 'thread', options: CommonOptions): Target {
  const level = (['task', 'thread'] as const).find((one) => normalizeId(word, one) !== undefined) ?? asked
  return { level, id: readId(word, level, options) }
}

/** Options in which a word after the command, if there is one, has set the stage, batch, thread or task that it means. */
export function withPart<Options extends CommonOptions & ScopeOptions>(
  word: string | undefined,
  options: Options,
  allowed: readonly Level[],
): Options {
  if (word === undefined) return options
  const level = levelOf(word, allowed)
  const id = readId(word, level, options)
  const flag = options[level]
  if (flag !== undefined && readId(flag, level, options) !== id) {
    throw new WorkError(`The ${level} is specified twice: ${word}, and --${level} ${flag}.`, {
      code: 'usage',
      hint: `Specify it once, such as --${level} ${id}.`,
    })
  }
  return { ...options, [level]: id }
}

/** By the count of its numbers; a name is that of a thread, where one is asked for. */
function levelOf(word: string, allowed: readonly Level[]): Level {
  const level = levels.find((one) => normalizeId(word, one) !== undefined)
  if (level !== undefined && allowed.includes(level)) return level
  const fallback = allowed.includes('thread') ? 'thread' : allowed[0]
  if (fallback === undefined) throw new Error('No level is allowed.')
  return fallback
}

function nameOf(task: Task, level: Level): string {
  return { stage: task.stage_name, batch: task.batch_name, thread: task.thread_name, task: task.name }[level]
}

function list(named: [string, string][], level: Level): string {
  if (named.length === 0) return 'There are no tasks yet.'
  const shown = named.slice(0, 8).map(([id, name]) => `${id} ${name}`)
  const words = [...shown, ...(named.length > 8 ? ['…'] : [])].join(', ')
  return `${plural(level, true)}: ${words}.`
}

function plural(level: Level, isFirst = false): string {
  const word = level === 'batch' ? 'batches' : `${level}s`
  return isFirst ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : word
}
