import type { FixAction, FixInput } from '../../../../machines/fix-context.ts'
import { WorkError } from '../../../errors.ts'
import { requireName, requireText } from '../../../plan/edit/edit.ts'
import type { RunFlags } from '../run/run-threads.ts'
import { work } from '../../../text/hint.ts'
import { readId } from '../../ids.ts'

export interface FixOptions extends RunFlags {
  thread?: string[]
  allFailed?: boolean
  resume?: boolean
  retry?: boolean
  agent?: string
  model?: string
  newStage?: boolean
  /** The new stage: the stage that it fixes, its name, the problem; or a batch at the end of that stage. */
  stage?: string
  name?: string
  description?: string
  batch?: boolean
  note?: string
  yes?: boolean
  force?: boolean
  /** Its clone starts over from the newest tip. */
  fresh?: boolean
}

/** Flags of which only one can be given. */
const contradictions = [
  ['thread', 'allFailed'],
  ['resume', 'retry'],
  ['resume', 'newStage'],
  ['retry', 'newStage'],
  ['resume', 'agent'],
  ['resume', 'model'],
  ['resume', 'force'],
  ['resume', 'fresh'],
  ['fresh', 'newStage'],
  ['agent', 'newStage'],
  ['model', 'newStage'],
  ['note', 'newStage'],
  ['force', 'allFailed'],
  ['allFailed', 'newStage'],
] as const

/** What belongs to `--new-stage`. */
const ofNewStage = ['stage', 'name', 'description', 'batch'] as const

/** The flags of all commands, and `--yes`: what `work add-stage` takes in addition to those of a new stage. */
const common = ['yes', 'stream', 'repoRoot', 'json', 'verbose', 'quiet', 'color', 'pager']

/** The answers that flags give in advance. Throws a `WorkError` (`usage`) for flags that contradict each other. */
export function fixInput(options: FixOptions): FixInput {
  requireConsistent(options)
  const { thread, stage, agent, name, description, note } = options
  const ids = thread?.map((text) => readId(text, 'thread', options))
  const threads = ids === undefined ? null : [...new Set(ids)]
  // With a name the new stage needs no further description.
  const isNamed = name !== undefined && (stage !== undefined || threads !== null)
  return {
    threads: options.allFailed === true ? 'failed' : threads,
    action: actionOf(options),
    agent: agent ?? null,
    fixedStage: stage ?? null,
    name: name === undefined ? null : requireName(name),
    description: description === undefined && !isNamed ? null : requireText(description ?? ''),
    note: note === undefined ? null : requireText(note),
    isConfirmed: options.yes === true || options.dryRun === true,
    isCollected: options.dryRun === true,
  }
}

/** Whether flags choose the action. */
export function isActionGiven(options: FixOptions): boolean {
  return actionOf(options) !== null
}

/** Whether it is called as `work add-stage` was, before that had its name: with its flags, and no other. */
export function isAddStage(options: FixOptions): boolean {
  const known = [...ofNewStage, ...common]
  return (
    options.stage !== undefined &&
    options.name !== undefined &&
    Object.keys(options).every((flag) => known.includes(flag))
  )
}

function requireConsistent(options: FixOptions): void {
  const is = (flag: keyof FixOptions) => options[flag] !== undefined
  const pair = contradictions.find((flags) => flags.every(is))
  if (pair !== undefined) throw badFlags(`${pair.map(nameFlag).join(' and ')} contradict each other.`)
  const alone = ofNewStage.find((flag) => is(flag) && !is('newStage'))
  if (alone !== undefined) throw badFlags(`${nameFlag(alone)} is for --new-stage.`)
  if (options.force === true && !is('thread')) throw badFlags('--force is for --thread <id>.')
}

function nameFlag(flag: string): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function badFlags(message: string): WorkError {
  return new WorkError(message, { code: 'usage', hint: work('fix', '--help') })
}

function actionOf({ resume, retry, agent, model, newStage, fresh }: FixOptions): FixAction | null {
  if (newStage === true) return 'stage'
  if (resume === true) return 'resume'
  if (agent !== undefined) return 'swap'
  return retry === true || model !== undefined || fresh === true ? 'retry' : null
}
