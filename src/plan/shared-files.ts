import type { Plan } from './plan.ts'
export interface SharedFile {
  batch: string
  file: string
  threads: string[]
}
export function sharedFiles(_plan: Plan): SharedFile[] {
  return []
}
