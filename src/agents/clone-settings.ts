import * as z from 'zod/mini'
import { isolationModes, type CloneSettings } from '../clones/settings.ts'
import { Duration, toMilliseconds } from './duration.ts'

const Command = z
  .array(z.string(), 'a program and its arguments as a list, since there is no shell: - [npm, test]')
  .check(z.minLength(1, 'a program and its arguments, as in [npm, test]'))
const Commands = z.array(Command, 'a list of commands, each a list of words: [[npm, test]]')

const sharedForm = '{ path: node_modules, shared: true }'

/** A program that installs into a linked node_modules empties that of the main tree. */
const Link = z.union(
  [
    z
      .string()
      .check(
        z.refine(
          (path) => !isModules(path),
          `another path: \`npm ci\` in a clone would empty node_modules of the main tree. If you want to share it anyway, write ${sharedForm}`,
        ),
      ),
    z.object({ path: z.string(), shared: z.literal(true) }),
  ],
  `a path, or ${sharedForm}`,
)

/** The settings of agents.yaml about clones, at its top level. */
export const cloneFields = {
  isolation: z.optional(z.enum(isolationModes)),
  setup: z.optional(Commands),
  copy: z.optional(z.array(z.string(), 'a list of patterns')),
  link: z.optional(z.array(Link, 'a list of paths')),
  verify: z.optional(Commands),
  verify_timeout: z.optional(Duration),
  merge: z.optional(z.enum(['commit', 'squash'])),
  land: z.optional(z.enum(['ask', 'stage'])),
  push: z.optional(z.boolean()),
}

/** What each of these means, for editors and docs. */
export const aboutClones: Record<keyof typeof cloneFields, string> = {
  isolation:
    '`clone`: each thread works in a local clone of its own, and its work is merged. `none`: all share the main working tree. Fixed for a workstream when its first thread starts. Default: `none`.',
  setup: 'Commands that prepare a fresh clone, in order, such as `[[npm, ci]]`. They may be run again.',
  copy: 'Ignored files that are copied into each clone, as patterns of .gitignore; beside those of .worktreeinclude.',
  link: 'Ignored paths that are linked into each clone.',
  verify:
    'Commands that must succeed on the merged work before it is merged, such as `[[npm, test]]`. Without isolation: before a thread is completed.',
  verify_timeout: 'Time limit of all verify commands together: `90s`, `20m`, `2h`. Default: 20 minutes.',
  merge:
    'Whether a thread is merged with its own commits (`commit`) or as one (`squash`). Default: `commit`.',
  land: 'Whether the approval of a stage also merges it into your branch (`stage`). Default: `ask`.',
  push: 'Whether agents may push from their clones. Default: `false`.',
}

type Written = { [Field in keyof typeof cloneFields]?: z.infer<(typeof cloneFields)[Field]> }

/** The settings with their defaults. */
export function cloneSettings(written: Written): CloneSettings {
  return {
    isolation: written.isolation ?? 'none',
    setup: written.setup ?? [],
    copy: written.copy ?? [],
    link: (written.link ?? []).map((entry) => (typeof entry === 'string' ? entry : entry.path)),
    verify: written.verify ?? [],
    verifyTimeout: toMilliseconds(written.verify_timeout ?? '20m'),
    merge: written.merge ?? 'commit',
    land: written.land ?? 'ask',
    push: written.push ?? false,
  }
}

function isModules(path: string): boolean {
  return (
    path
      .split('/')
      .filter((part) => part !== '')
      .at(-1) === 'node_modules'
  )
}
