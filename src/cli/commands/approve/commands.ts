import type { ApproveOptions } from './options.ts'
import type { Entries } from '../command.ts'

/** Approvals, without which nothing runs. */
export const approveCommands: Entries = {
  approve: {
    takes: '[target] [number]',
    words: { target: ['plan', 'tasks', 'stage', 'revision'] },
    about: 'Approve the plan, its tasks, a stage or a revision',
    example: ['work approve', 'work approve stage 1'].join('\n  '),
    values: { number: 'stage', renamed: 'text', new: 'text', drop: 'text', keep: 'text' },
    isLogged: true,
    define: (command, { run }) =>
      command
        .option('-y, --yes', 'approve the plan and its tasks without asking')
        .option('--revoke', 'revoke the approval')
        .option('--reason <text>', 'the reason for --revoke')
        .option('--renamed <ids...>', 'threads that only have a new name (or <old>=<new> id)')
        .option('--new <ids...>', 'threads that are new; set aside the records at their ids')
        .option('--renumber', 'let moved threads keep their history under new ids')
        .option('--drop <ids...>', 'set aside threads that are no longer in PLAN.md')
        .option('--keep <ids...>', 'keep threads that are no longer in PLAN.md')
        .option(
          '-f, --force',
          'approve despite open questions or unfinished tasks; renumber moved threads, treat changed ones as new, drop missing ones',
        )
        .action(async (target: string | undefined, number: string | undefined, options: ApproveOptions) =>
          run((await import('./approve.ts')).approve(target, number, options)),
        ),
  },
}
