import { distance } from 'fastest-levenshtein'
import { WorkError } from '../errors.ts'
import { groups } from './commands/index.ts'
import { advice, shell, work, type HintSource } from '../text/hint.ts'

/** A word that other tools have for something that `work` can do, and the command line here; `args` were typed after it. */
type Synonym = (args: readonly string[]) => readonly string[]

/** Words for what only shows something: they do it. */
const reading: Record<string, Synonym> = {
  ps: (args) => ['status', ...args],
  st: (args) => ['status', ...args],
  ls: (args) => ['status', ...args],
  show: (args) => ['status', ...args],
  info: (args) => ['status', ...args],
  progress: (args) => ['status', ...args],
  top: (args) => ['status', '--watch', ...args],
  watch: (args) => ['status', '--watch', ...args],
  log: (args) => ['logs', ...args],
  tail: (args) => ['logs', '--follow', ...args],
  follow: (args) => ['logs', '--follow', ...args],
  cat: (args) => ['read', ...args],
  history: (args) => ['session', 'list', ...args],
  workstreams: (args) => ['streams', ...args],
  projects: (args) => ['streams', ...args],
  sessions: (args) => ['session', 'list', ...args],
  graph: (args) => ['diagram', ...args],
  lint: (args) => ['validate', ...args],
  version: () => ['--version'],
}

/** Words for what changes something or costs money: they only name the command. */
const changing: Record<string, Synonym> = {
  start: (args) => ['run', ...args],
  go: (args) => ['run', ...args],
  exec: (args) => ['run', ...args],
  launch: (args) => ['run', ...args],
  resume: (args) => (args.length === 0 ? ['continue'] : ['fix', '--thread', ...args, '--resume']),
  recover: (args) => ['continue', ...args],
  retry: (args) => (args.length === 0 ? ['fix'] : ['fix', '--thread', ...args, '--retry']),
  restart: (args) => (args.length === 0 ? ['fix'] : ['fix', '--thread', ...args, '--retry']),
  rerun: (args) => (args.length === 0 ? ['fix'] : ['fix', '--thread', ...args, '--retry']),
  repair: (args) => ['fix', ...args],
  kill: (args) => ['stop', ...args],
  cancel: (args) => ['stop', ...args],
  abort: (args) => ['stop', ...args],
  end: (args) => ['stop', ...args],
  pause: (args) => ['stop', ...args],
  done: (args) => ['session', 'complete', ...args],
  complete: (args) => ['session', 'complete', ...args],
  finish: (args) => ['session', 'complete', ...args],
  new: (args) => ['create', ...args],
  use: (args) => ['current', '--set', ...args],
  switch: (args) => ['current', '--set', ...args],
  checkout: (args) => ['current', '--set', ...args],
  select: (args) => ['current', '--set', ...args],
  rm: (args) => ['remove', ...args],
  delete: (args) => ['remove', ...args],
  mv: (args) => ['rename', ...args],
  setup: (args) => ['init', ...args],
  accept: (args) => ['approve', ...args],
  report: (args) => ['update', ...args],
}

/** The command line that a command of another tool corresponds to, where that only shows something. */
export function meantToRead(words: readonly string[]): readonly string[] | undefined {
  return translate(reading, words)
}

/** Says that there is no such command, and which one is meant. */
export function unknownCommand(words: readonly string[]): WorkError {
  const [name = ''] = words
  const meant = translate(changing, words)
  return new WorkError(`There is no command "${name}".`, {
    code: 'usage',
    hint: meant === undefined ? hintFor(name) : shell('work', ...meant),
  })
}

/** Every synonym with the command line that it leads to, without arguments. */
export function synonyms(): [string, readonly string[]][] {
  return Object.entries({ ...reading, ...changing }).map(([word, lead]) => [word, lead(['1.2.3'])])
}

function translate(
  words: Record<string, Synonym>,
  [name = '', ...args]: readonly string[],
): readonly string[] | undefined {
  return Object.hasOwn(words, name) ? words[name]?.(args) : undefined
}

function hintFor(name: string): HintSource {
  const close = Object.values(groups)
    .flatMap((entries) => Object.keys(entries))
    .map((command) => ({ command, distance: distance(name, command) }))
    .filter((one) => one.distance <= farthest(name))
    .toSorted((left, right) => left.distance - right.distance)
  const [best] = close
  if (best === undefined) return advice`${work('help', '--all')} lists every command.`
  const others = close.filter((one) => one.distance === best.distance).map(({ command }) => command)
  return `Did you mean ${others.join(' or ')}?`
}

/** Letters that may differ: a name of three letters is near to nearly any other. */
function farthest({ length }: string): number {
  return length <= 3 ? 1 : length <= 7 ? 2 : 3
}
