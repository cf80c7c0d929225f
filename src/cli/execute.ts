import { requireId } from '../ids.ts'
import { runThreads, type RunOptions } from './run-threads.ts'

export interface ExecuteOptions extends RunOptions {
  thread: string
  agent?: string
}

/** `work execute`: one thread, in the foreground. */
export async function execute(options: ExecuteOptions): Promise<number> {
  const thread = requireId(options.thread, 'thread')
  return runThreads('execute', options, {
    type: 'threads',
    threads: [{ id: thread, action: 'go-on', agent: options.agent }],
  })
}
