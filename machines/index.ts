import { continueMachine } from './continue.ts'
import { fixMachine } from './fix.ts'
import { runMachine } from './run.ts'
import { threadMachine } from './thread.ts'

/** Every chart by the name that commands and docs use. */
export const machines = {
  thread: threadMachine,
  run: runMachine,
  fix: fixMachine,
  continue: continueMachine,
} as const
