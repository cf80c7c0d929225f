import type { ApproveOptions } from '../approve.ts'
import type { Entries } from './entry.ts'

/** A person's word, without which nothing runs. */
export const approveCommands: Entries = {
  approve: {
    takes: '[target] [number]',
    words: { target: ['plan', 'tasks', 'stage', 'revision'] },
    about: 'Say that plan, tasks, stage <n> or revision are good',
    example: 'work approve stage 1',
    define: (command, { run }) =>
      command
        .option('--revoke', 'take the approval back')
        .option('--reason <text>', 'why it is taken back')
        .option('-f, --force', 'approve all the same: open questions, unfinished tasks')
        .action(async (target: string | undefined, number: string | undefined, options: ApproveOptions) =>
          run((await import('../approve.ts')).approve(target, number, options)),
        ),
  },
}
