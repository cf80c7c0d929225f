import { patiently } from '../engine/patience.ts'
import { isAgent } from './context.ts'
import { say } from './output.ts'

/**
 * Does what an agent asks for, and waits some seconds for state files that are gone or can't be read, as while another
 * agent has them in `git stash`: a report must not be lost, and an agent doesn't try again by itself.
 */
export async function whenThere<T>(action: () => Promise<T>): Promise<T> {
  if (!isAgent()) return action()
  return patiently(action, {
    waits: (why) => {
      if (why !== undefined) say(`${why.message} Waiting for it.`)
    },
  })
}
