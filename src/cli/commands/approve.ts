import type { ApproveOptions } from '../approve.ts'
import type { Entries } from './entry.ts'

/** A person's word, without which nothing runs. */
export const approveCommands: Entries = {
  approve: {
    takes: '[target] [number]',
    words: { target: ['plan', 'tasks', 'stage', 'revision'] },
    about: 'Approve the plan, its tasks, a stage or a revision',
    example: ['work approve', 'work approve stage 1'].join('\n  '),
    define: (command, { run }) =>
      command
        .option('-y, --yes', 'approve the plan and its tasks without asking')
        .option('--revoke', 'take the approval back')
        .option('--reason <text>', 'why it is taken back')
        .option('--renamed <ids...>', 'these are the same threads, under another name (or <old>=<new> id)')
        .option('--new <ids...>', 'these are new threads; set aside what is recorded at their ids')
        .option('--renumber', 'moved threads keep their history under their new ids')
        .option('--drop <ids...>', 'set aside these threads, which PLAN.md has no more')
        .option('--keep <ids...>', 'keep these threads, although PLAN.md has them no more')
        .option(
          '-f, --force',
          'despite open questions or unfinished tasks; renumber moved threads, take changed ones as new, drop missing ones',
        )
        .action(async (target: string | undefined, number: string | undefined, options: ApproveOptions) =>
          run((await import('../approve.ts')).approve(target, number, options)),
        ),
  },
}
