import type { FixAction, FixInput } from '../../../../machines/fix-context.ts'
import { WorkError } from '../../../errors.ts'
import { parentId } from '../../../ids.ts'
import { requireName, requireText } from '../../../plan/edit/edit.ts'
import type { RunFlags } from '../run/run-threads.ts'
import { readId } from '../../ids.ts'
import { work } from '../../../text/hint.ts'

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
}

/** The answers that flags give in advance. Throws a `WorkError` (`usage`) for flags that contradict each other. */
export function fixInput(options: FixOptions): FixInput {
  for (const [one, other] of contradictions(options)) {
    throw new WorkError(`${one} and ${other} contradict each other.`, {
      code: 'usage',
      hint: work('fix', '--help'),
    })
  }
  for (const [flag, needed] of missing(options)) {
    throw new WorkError(`${flag} is for ${needed}.`, { code: 'usage', hint: work('fix', '--help') })
  }
  const named = options.thread?.map((text) => readId(text, 'thread', options))
  const threads = named === undefined ? null : [...new Set(named)]
  return {
    threads: options.allFailed === true ? 'failed' : threads,
    action: actionOf(options),
    agent: options.agent ?? null,
    stage: stageOf(options, threads),
    note: options.note === undefined ? null : requireText(options.note),
    isConfirmed: options.yes === true,
    isCollected: false,
    isPreview: options.dryRun === true,
  }
}

/** Whether flags choose the action. */
export function isActionGiven(options: FixOptions): boolean {
  return actionOf(options) !== null
}

/** Whether it is called as `work add-stage` was, before that had its name: with its flags, and no other. */
export function isAddStage(options: FixOptions): boolean {
  const flags = Object.keys(options).filter((flag) => !addStageFlags.includes(flag))
  return options.stage !== undefined && options.name !== undefined && flags.length === 0
}

/** What `work add-stage` takes, also the flags of all commands. */
const addStageFlags = [
  'stage',
  'name',
  'description',
  'batch',
  'yes',
  'stream',
  'repoRoot',
  'json',
  'verbose',
  'quiet',
  'color',
  'pager',
]

function contradictions(options: FixOptions): [string, string][] {
  const { thread, allFailed, resume, retry, agent, model, newStage, note, force } = options
  const pairs: [string, unknown, string, unknown][] = [
    ['--thread', thread, '--all-failed', allFailed],
    ['--resume', resume, '--retry', retry],
    ['--resume', resume, '--new-stage', newStage],
    ['--retry', retry, '--new-stage', newStage],
    ['--resume', resume, '--agent', agent],
    ['--resume', resume, '--model', model],
    ['--resume', resume, '--force', force],
    ['--agent', agent, '--new-stage', newStage],
    ['--model', model, '--new-stage', newStage],
    ['--note', note, '--new-stage', newStage],
    ['--force', force, '--all-failed', allFailed],
    ['--all-failed', allFailed, '--new-stage', newStage],
  ]
  return pairs.flatMap(([one, has, other, hasOther]) =>
    has !== undefined && hasOther !== undefined ? [[one, other]] : [],
  )
}

function missing({
  newStage,
  stage,
  name,
  description,
  batch,
  force,
  thread,
}: FixOptions): [string, string][] {
  const ofStage = Object.entries({
    '--stage': stage,
    '--name': name,
    '--description': description,
    '--batch': batch,
  })
  const alone = ofStage.filter(([, value]) => value !== undefined && newStage === undefined)
  const pairs = alone.map(([flag]): [string, string] => [flag, '--new-stage'])
  return force === true && thread === undefined ? [...pairs, ['--force', '--thread <id>']] : pairs
}

function actionOf({ resume, retry, agent, model, newStage }: FixOptions): FixAction | null {
  if (newStage === true) return 'stage'
  if (resume === true) return 'resume'
  if (agent !== undefined) return 'swap'
  return retry === true || model !== undefined ? 'retry' : null
}

/** The order is complete when the stage to fix and the name of the new one are known. */
function stageOf(
  { newStage, stage, name, description }: FixOptions,
  threads: string[] | null,
): FixInput['stage'] {
  if (newStage !== true || name === undefined) return null
  const [first] = threads ?? []
  const mends = stage ?? (first === undefined ? undefined : parentId(first, 'stage'))
  if (mends === undefined) return null
  return { mends, name: requireName(name), description: requireText(description ?? '') }
}
