import type { StateValueFrom } from 'xstate'
import type { threadMachine } from './thread.ts'

/** The state of a thread in which the agent's next model takes over from one that its provider refused. */
export const nextModelState = { running: 'nextModel' } as const satisfies StateValueFrom<typeof threadMachine>

/** The states that `opening` chooses from, by the place of the session. */
export const preparingState = { running: 'preparing' } as const satisfies StateValueFrom<typeof threadMachine>
export const startingState = { running: 'starting' } as const satisfies StateValueFrom<typeof threadMachine>

/** The first step of a delivery that merges, and of one that only verifies. */
export const committingState = { running: { delivering: 'committing' } } as const satisfies StateValueFrom<
  typeof threadMachine
>
export const verifyingState = { running: { delivering: 'verifying' } } as const satisfies StateValueFrom<
  typeof threadMachine
>

/** The state, with all in it, in which the work of a thread is merged or verified. */
export const deliveringState = { running: 'delivering' } as const
