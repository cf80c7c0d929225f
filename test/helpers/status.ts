import { expect } from 'vitest'
import type { TestWorkspace } from './cli.ts'
import { session } from '../builders/records.ts'

export const failed = session({ status: 'failed', reason: 'exit', exitCode: 3 })
export const incomplete = session({ status: 'failed', reason: 'incomplete', exitCode: 0 })

/** What `status` sees, which it must not write. */
export async function statusOf({ work, read }: TestWorkspace): Promise<unknown> {
  const before = read('work/001-demo/tasks.json')
  const { code, json } = await work('status', '--json', '--sessions')
  expect(code).toBe(0)
  expect(read('work/001-demo/tasks.json')).toBe(before)
  return json()
}
