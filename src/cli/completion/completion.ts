import { WorkError } from '../../errors.ts'
import { completionScripts } from './scripts.ts'
import { work } from '../../text/hint.ts'

/** `work completion <shell>`: the script that makes a shell complete what is typed after `work`. Writes no file. */
export function completion(shell: string): void {
  const [, script] = Object.entries(completionScripts).find(([name]) => name === shell) ?? []
  if (script === undefined) {
    const shells = Object.keys(completionScripts)
    throw new WorkError(`There is no completion for "${shell}". There is one for: ${shells.join(', ')}.`, {
      code: 'usage',
      hint: work('completion', shells[0] ?? ''),
    })
  }
  process.stdout.write(`${script.trimEnd()}\n`)
}
