import type { Entries } from './entry.ts'

/** The ways out after a failure. */
export const recoverCommands: Entries = {}
