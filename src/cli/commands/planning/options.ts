import type { CommonOptions } from '../../context.ts'

/** What the flags of `work plan` say about its session and answers. */
export interface DeskOptions extends CommonOptions {
  agent?: string | undefined
  model?: string
  server?: string
  yes?: boolean
}

/** The flags of `work plan`. */
export interface PlanOptions extends DeskOptions {
  from?: string
  issue?: string
  name?: string
  template?: string
  revise?: string
  retry?: boolean
  history?: boolean
  restore?: number
  discard?: boolean
}
