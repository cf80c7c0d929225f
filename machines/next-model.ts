import type { StateValueFrom } from 'xstate'
import type { threadMachine } from './thread.ts'

/** The state of a thread in which the agent's next model takes over from one that its provider refused. */
export const nextModelState = { running: 'nextModel' } as const satisfies StateValueFrom<typeof threadMachine>
