import * as z from 'zod/mini'
import { isolationModes, type CloneSettings } from '../clones/settings.ts'
import { isPathInside } from '../files/inside.ts'
import { Duration, toMilliseconds } from './duration.ts'

const Command = z
  .array(z.string(), 'a program and its arguments as a list, since there is no shell: - [npm, test]')
  .check(z.minLength(1, 'a program and its arguments, as in [npm, test]'))
const Commands = z.array(Command, 'a list of commands, each a list of words: [[npm, test]]')

const sharedForm = '{ path: node_modules, shared: true }'

/** A linked path that a program in a clone may change for all. */
export const SharedPath = z.object({ path: z.string(), shared: z.literal(true) })

/** What the fields of {@link SharedPath} mean, for editors. */
export const aboutSharedPath: Record<keyof typeof SharedPath.shape, string> = {
  path: 'An ignored path, from the top of the repository.',
  shared: '`true`: what a program changes there in one clone, it changes for all.',
}

/** A program that installs into a linked node_modules empties that of the main tree. */
const Link = z.union([z.string(), SharedPath], `a path, or ${sharedForm}`).check(
  z.refine((link) => isInRepository(pathOf(link)), 'a path in the repository, outside of work/'),
  z.refine(
    (link) => typeof link !== 'string' || !isModules(link),
    `another path: \`npm ci\` in a clone would empty node_modules of the main tree. To share it anyway, write ${sharedForm}`,
  ),
)

const Pattern = z
  .string('a pattern, as in .gitignore')
  .check(
    z.refine(
      (pattern) => pattern.trim() !== '' && isPathInside(pattern.replace(/^!?\/?/, '')),
      'a pattern for files in the repository, as in .gitignore',
    ),
  )

/** The settings of agents.yaml about clones, at its top level. */
export const cloneFields = {
  isolation: z.optional(z.enum(isolationModes)),
  setup: z.optional(Commands),
  copy: z.optional(z.array(Pattern, 'a list of patterns')),
  link: z.optional(z.array(Link, 'a list of paths')),
  verify: z.optional(Commands),
  verify_timeout: z.optional(Duration),
  merge: z.optional(z.enum(['commit', 'squash'])),
  land: z.optional(z.enum(['ask', 'stage'])),
  push: z.optional(z.boolean('true or false')),
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
    link: (written.link ?? []).map(pathOf),
    verify: written.verify ?? [],
    verifyTimeout: toMilliseconds(written.verify_timeout ?? '20m'),
    merge: written.merge ?? 'commit',
    land: written.land ?? 'ask',
    push: written.push ?? false,
  }
}

function pathOf(link: string | z.infer<typeof SharedPath>): string {
  return typeof link === 'string' ? link : link.path
}

function isInRepository(path: string): boolean {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.')
  return isPathInside(path) && steps.length > 0 && steps[0] !== 'work'
}

function isModules(path: string): boolean {
  return (
    path
      .split('/')
      .filter((part) => part !== '')
      .at(-1) === 'node_modules'
  )
}
