import { spawn } from 'node:child_process'
import { exitCodes, WorkError } from '../errors.ts'

/** The command line of the user's editor, as git finds it: `$VISUAL`, `$EDITOR`, or `vi`. It may have arguments. */
export function editorOf(env: Readonly<Record<string, string | undefined>>): string {
  const hasScreen = env['TERM'] !== undefined && env['TERM'] !== 'dumb'
  return [hasScreen ? env['VISUAL'] : undefined, env['EDITOR'], 'vi'].find((one) => one?.trim()) ?? 'vi'
}

/**
 * Opens files in the user's editor and waits until it is closed. Throws a `WorkError` (`editor-failed`) when it can't be started,
 * or ends with an error.
 */
export async function openEditor(...paths: string[]): Promise<void> {
  const editor = editorOf(process.env)
  // The paths are arguments and never part of what the shell reads.
  const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, editor, ...paths], { stdio: 'inherit' })
  // Ctrl-C is a key of the editor.
  process.on('SIGINT', ignore)
  try {
    const end = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
    })
    if (end !== undefined) throw editorFailed(editor, end)
  } finally {
    process.off('SIGINT', ignore)
  }
}

function editorFailed(editor: string, end: string): WorkError {
  return new WorkError(`The editor "${editor}" ended with ${end}.`, {
    code: 'editor-failed',
    hint: 'Set EDITOR to a program that waits until the file is closed, such as EDITOR=nano.',
    exitCode: exitCodes.unfinished,
  })
}

function ignore(): void {}
