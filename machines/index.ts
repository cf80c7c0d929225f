import { boardMachine } from './board.ts'
import { continueMachine } from './continue.ts'
import { draftMachine } from './draft.ts'
import { fixMachine } from './fix.ts'
import { runMachine } from './run.ts'
import { threadMachine } from './thread.ts'

/** The machines by their names in commands and docs. */
export const machines = {
  thread: threadMachine,
  run: runMachine,
  fix: fixMachine,
  continue: continueMachine,
  draft: draftMachine,
  board: boardMachine,
} as const

export { boardMachine, continueMachine, draftMachine, fixMachine, runMachine, threadMachine }
export type * from './answer.ts'
export type * from './board.ts'
export type * from './continue-context.ts'
export type * from './draft-context.ts'
export type { FixEffects } from './fix-actors.ts'
export type * from './fix-context.ts'
export type * from './outcome.ts'
export type * from './run-context.ts'
export type * from './session.ts'
export type * from './statuses.ts'
export type * from './thread-context.ts'
export type * from './thread.ts'
