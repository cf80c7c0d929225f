import { spawn } from 'node:child_process'
import { knownColumns, knownRows } from '../ui/terminal-size.ts'
import { dataLines, isPaged, print, type OutputLine } from './output.ts'

/**
 * Prints lines; on a terminal that they do not fit on through the user's pager: `$WORK_PAGER`, `$PAGER`, or `less`. As in git, the
 * value is a command line for the shell, and an empty one or `cat` means no pager. One that can't be started is not missed.
 */
export async function printPaged(lines: readonly OutputLine[]): Promise<void> {
  const pager = pagerFor(process.env)
  const rows = knownRows(process.stdout)
  if (pager === undefined || rows === undefined || fits(lines, rows) || !isPaged()) return print(lines)
  if (!(await show(pager, `${dataLines(lines).join('\n')}\n`))) print(lines)
}

/** Whether lines leave room for the prompt on the terminal, when those that are too wide are wrapped. */
function fits(lines: readonly OutputLine[], rows: number): boolean {
  return dataLines(lines, knownColumns(process.stdout)).length < rows
}

/** The command line of the pager; undefined for none. */
export function pagerFor(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const pager = (env['WORK_PAGER'] ?? env['PAGER'] ?? 'less').trim()
  return pager === '' || pager === 'cat' || env['TERM'] === 'dumb' ? undefined : pager
}

/** Whether the pager could be started. */
async function show(pager: string, text: string): Promise<boolean> {
  const child = spawn('/bin/sh', ['-c', pager], {
    stdio: ['pipe', 'inherit', 'inherit'],
    // As git has it: end at once on one screen, keep colours, leave the screen as it is. A value of the user's wins.
    env: { LESS: 'FRX', LV: '-c', ...process.env },
  })
  // Ctrl-C is a key of the pager.
  process.on('SIGINT', ignore)
  // A user who quits the pager early does not read the rest.
  child.stdin.on('error', ignore)
  child.stdin.end(text)
  try {
    return await new Promise((resolve) => {
      child.once('error', () => resolve(false))
      child.once('close', (code) => resolve(!unstarted.includes(code ?? 0)))
    })
  } finally {
    process.off('SIGINT', ignore)
  }
}

/** Exit codes of a shell that could not execute, or did not find, a program. */
const unstarted = [126, 127]

function ignore(): void {}
