import { join } from 'node:path'
import { isRecord } from '../store/json/guard.ts'
import { readText } from '../store/json/json-file.ts'

/** The package.json of a repository; undefined if there is none, or no valid one. */
export function packageOf(root: string): Record<string, unknown> | undefined {
  const text = readText({ path: join(root, 'package.json'), label: 'package.json' })
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
