import type { CleanOptions } from './clean.ts'
import type { DiffOptions } from './diff.ts'
import type { LandFlags } from './land.ts'
import type { MergeOptions } from './merge.ts'
import type { Entries } from '../command.ts'

/** Commands that bring the work of isolated threads together. */
export const deliverCommands: Entries = {
  diff: {
    takes: '[id]',
    about: 'Show what a thread, a stage or all of it changed',
    example: ['work diff', 'work diff 1.1.2', 'work diff --stage 1 --stat'].join('\n  '),
    values: { id: 'part', stage: 'stage', thread: 'thread' },
    isLogged: false,
    define: (command, { run }) =>
      command
        .option('--stage <n>', 'the changes of a stage')
        .option('-t, --thread <id>', 'the changes of a thread')
        .option('--stat', 'only the files, with the number of lines')
        .action(async (id: string | undefined, options: DiffOptions) =>
          run((await import('./diff.ts')).diff(id, options)),
        ),
  },
  merge: {
    takes: '[ids...]',
    isLong: true,
    about: 'Merge finished work that waits for you',
    example: ['work merge', 'work merge 1.1.2', 'work merge --from main'].join('\n  '),
    values: { ids: 'thread', from: 'text' },
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-t, --thread <ids...>', 'only these threads')
        .addOption(
          command
            .createOption('--from <branch>', "merge a branch of yours into the workstream's")
            .conflicts('thread'),
        )
        .option('--dry-run', 'show what would be merged, and exit')
        .action(async (ids: string[], options: MergeOptions) =>
          run((await import('./merge.ts')).merge(ids, options)),
        ),
  },
  land: {
    about: 'Land what is merged in the branch you have checked out',
    example: ['work land', 'work land --dry-run', 'work land --squash --yes'].join('\n  '),
    values: { into: 'text' },
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('--squash', 'as one commit, instead of one for each thread')
        .option('--into <branch>', 'in this branch, which is checked out')
        .option('--dry-run', 'show what would be landed, and exit')
        .option('-y, --yes', 'do not ask for confirmation')
        .action(async (options: LandFlags) => run((await import('./land.ts')).land(options))),
  },
  clean: {
    takes: '[ids...]',
    about: 'Remove clones that nobody needs; list the others',
    example: ['work clean --dry-run', 'work clean', 'work clean 1.1.2'].join('\n  '),
    values: { ids: 'thread' },
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-t, --thread <ids...>', 'only the clones of these threads')
        .option('--dry-run', 'show what would be removed, and exit')
        .option('-f, --force', 'also with new files that git ignores')
        .option('--saved', 'drop what is kept below refs/work of a completed workstream')
        .action(async (ids: string[], options: CleanOptions) =>
          run((await import('./clean.ts')).clean(ids, options)),
        ),
  },
}
