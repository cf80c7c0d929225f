import type { MergeOptions } from './merge.ts'
import type { Entries } from '../command.ts'

/** Commands that bring the work of isolated threads together. */
export const deliverCommands: Entries = {
  merge: {
    isLong: true,
    about: 'Merge finished work that waits for you',
    example: ['work merge', 'work merge --thread 1.1.2'].join('\n  '),
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-t, --thread <ids...>', 'only these threads')
        .option('--dry-run', 'show what would be merged, and exit')
        .action(async (options: MergeOptions) => run((await import('./merge.ts')).merge(options))),
  },
}
