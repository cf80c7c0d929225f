import { join } from 'node:path'
import { listNames } from '../../files/list-names.ts'

/**
 * The first file below `folder` whose path follows a pattern of names, one step each; undefined if there is none.
 * Folders are read only where the pattern is no fixed name.
 */
export function findFile(folder: string, steps: readonly (string | RegExp)[]): string | undefined {
  const [step, ...rest] = steps
  if (step === undefined) return folder
  const names = listNames(folder).filter((name) =>
    typeof step === 'string' ? name === step : step.test(name),
  )
  for (const name of names.toSorted().toReversed()) {
    const found = findFile(join(folder, name), rest)
    if (found !== undefined) return found
  }
  return undefined
}

/** A regular expression for exactly these characters. */
export function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}
