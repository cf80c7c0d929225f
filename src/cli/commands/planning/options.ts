import type { CommonOptions } from '../../context.ts'

/** What the flags of `work plan` say about its session and answers. */
export interface DeskOptions extends CommonOptions {
  agent?: string | undefined
  model?: string
  server?: string
  yes?: boolean
}
