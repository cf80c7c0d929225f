import { WorkError } from '../../../errors.ts'
import { runThreads, type RunFlags } from './run-threads.ts'
import { readId } from '../../ids.ts'
import { advice, work } from '../../../text/hint.ts'

export interface MultiOptions extends RunFlags {
  batch?: string
  continue?: boolean
  force?: boolean
}

/** `work multi`: the threads of a batch in parallel; with `--continue` batch after batch. */
export function multi(options: MultiOptions): Promise<number> {
  if (options.batch !== undefined) {
    const batch = readId(options.batch, 'batch', options)
    return runThreads('multi', options, { type: 'batch', batch, force: options.force === true })
  }
  if (options.continue === true) return runThreads('multi', options, { type: 'continue', without: [] })
  throw new WorkError('Specify a batch (--batch), or --continue for the next unfinished one.', {
    code: 'usage',
    hint: advice`${work('run')}, or ${work('multi', '--batch', '01.01')}`,
  })
}
