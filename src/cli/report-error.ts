import { exitCodes, messageOf, WorkError } from '../errors.ts'
import { explainRefusal } from '../files/refusal.ts'
import { sourceStack } from '../files/source-positions.ts'
import { commandsOf, hintText } from '../text/hint.ts'
import { plainText } from '../text/sanitize.ts'
import { placeHint } from './hint.ts'
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
  const advice = isKnown && error.advice !== undefined ? placeHint(error.advice) : undefined
  if (asJson) {
    const code = isKnown ? error.code : 'internal'
    const [hint, commands] = advice === undefined ? [null, []] : [hintText(advice), commandsOf(advice)]
    printJson({ error: { code, message, hint, commands, ...(isKnown ? error.facts : {}) } })
  }
  // What the user cancelled is not an error.
  const isCalledOff = isKnown && error.exitCode === exitCodes.interrupted
  const words = isCalledOff ? message : `Error: ${message}`
  sayError(...words.split('\n').map(plainText))
  if (advice !== undefined) sayError({ next: advice })
  if (!isKnown && error instanceof Error && error.stack !== undefined) {
    sayError(
      '',
      'This is a bug in work. Where it happened:',
      ...sourceStack(error.stack).split('\n').slice(1).map(plainText),
    )
  }
  return isKnown ? error.exitCode : exitCodes.unfinished
}
