import type { CommonOptions } from '../../context.ts'
import type { AnswerOptions } from './plan-answers.ts'

/** The options of `work approve`. */
export interface ApproveOptions extends CommonOptions, AnswerOptions {
  yes?: boolean
  revoke?: boolean
  reason?: string
  force?: boolean
}
