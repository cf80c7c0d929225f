import { observeThreads } from '../../../engine/probe.ts'
import type { NextStep } from '../../../approval/next-step.ts'
import { planningThreadId } from '../../../planning/state.ts'
import { advice, work } from '../../../text/hint.ts'
import { now, type StreamContext } from '../../context.ts'
import { asStream, planState, openPlanningOf, draftStanding } from './planning-context.ts'

/** What the planning of a workstream waits for; undefined when it waits for nothing. */
export async function planningStep(context: StreamContext): Promise<NextStep | undefined> {
  const place = openPlanningOf(context)
  const { stage } = draftStanding(place)
  const what = planState(place) === 'approved' ? 'A change of the plan' : 'The plan'
  switch (stage) {
    case 'empty':
    case 'settled':
      return undefined
    case 'answered':
      return { why: `${what} is drafted, and waits for your review.`, command: work('plan') }
    case 'failed':
      return { why: `${what} is not drafted: its agent failed.`, command: work('plan') }
    case 'open': {
      const { stream, tasks } = asStream(place)
      const threads = await observeThreads(tasks, stream, now)
      const isRunning = threads.some(({ id, status }) => id === planningThreadId && status === 'running')
      return isRunning
        ? { why: `${what} is being drafted.`, command: advice`${work('logs', 'plan', '--follow')}` }
        : { why: `${what} was being drafted, and was interrupted.`, command: work('plan') }
    }
  }
}
