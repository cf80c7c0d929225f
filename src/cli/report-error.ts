import { exitCodes, messageOf, WorkError } from '../errors.ts'
import { explainRefusal } from '../files/refusal.ts'
import { sourceStack } from '../files/source-positions.ts'
import { plainText } from '../text/sanitize.ts'
import { printJson, sayError } from './output.ts'

/**
 * Prints what a command threw and returns the exit code. A `WorkError` is something that the user can fix: a sentence and a
 * hint. Anything else is a bug, and shows where it happened. With `asJson` an object goes to standard output as well.
 */
export function reportError(error: unknown, asJson: boolean): number {
  if (error === undefined) return 0
  return report(explainRefusal(error) ?? error, asJson)
}

function report(error: unknown, asJson: boolean): number {
  const isKnown = error instanceof WorkError
  const message = messageOf(error)
  if (asJson) {
    const code = isKnown ? error.code : 'internal'
    const hint = isKnown ? (error.hint ?? null) : null
    printJson({ error: { code, message, hint, ...(isKnown ? error.facts : {}) } })
  }
  // What the user cancelled is not an error.
  const isCalledOff = isKnown && error.exitCode === exitCodes.interrupted
  const words = isCalledOff ? message : `Error: ${message}`
  sayError(...words.split('\n').map(plainText))
  if (isKnown && error.hint !== undefined) sayError(plainText(`  → ${error.hint}`))
  if (!isKnown && error instanceof Error && error.stack !== undefined) {
    sayError(
      '',
      'This is a bug in work. Where it happened:',
      ...sourceStack(error.stack).split('\n').slice(1).map(plainText),
    )
  }
  return isKnown ? error.exitCode : exitCodes.unfinished
}
