import { WorkError } from '../../../errors.ts'
import { readId, withPart } from '../../ids.ts'
import { runThreads, type RunFlags } from './run-threads.ts'
import { work } from '../../../text/hint.ts'

export interface ExecuteOptions extends RunFlags {
  thread?: string
  agent?: string
}

/** `work execute`: one thread, in the foreground. */
export async function execute(word: string | undefined, options: ExecuteOptions): Promise<number> {
  const { thread } = withPart(word, options, ['thread'])
  if (thread === undefined) {
    throw new WorkError('Specify a thread.', {
      code: 'usage',
      hint: work('execute', '--thread', '01.01.02'),
    })
  }
  return runThreads('execute', options, {
    type: 'threads',
    threads: [{ id: readId(thread, 'thread', options), action: 'go-on', agent: options.agent }],
  })
}
