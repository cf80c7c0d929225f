import type { Entry, ValueKind } from '../commands/command.ts'

/** What values are, by the name of their flag or argument. A command whose own differ says so in the table of commands. */
const kinds: Readonly<Record<string, ValueKind>> = {
  agent: 'agent',
  attempt: 'text',
  batch: 'batch',
  breadcrumb: 'text',
  description: 'text',
  id: 'thread',
  ids: 'thread',
  model: 'text',
  name: 'text',
  note: 'text',
  out: 'directory',
  parallel: 'text',
  reason: 'text',
  repoRoot: 'directory',
  report: 'text',
  server: 'text',
  stage: 'stage',
  stream: 'stream',
  summary: 'text',
  task: 'task',
  thread: 'thread',
  threads: 'thread',
}

/** What the value of a flag or an argument of a command is; undefined where nobody has said it, which a test refuses. */
export function valueKindOf({ values = {} }: Pick<Entry, 'values'>, name: string): ValueKind | undefined {
  return values[name] ?? (Object.hasOwn(kinds, name) ? kinds[name] : undefined)
}
