import type { InspectionEvent } from 'xstate'
import type { LogFacts, WorkLog } from './log.ts'

/** An actor inspector that logs each transition to another state, and its cause. */
export function logTransitions(
  log: WorkLog,
  chart: string,
  facts: () => LogFacts,
): (inspection: InspectionEvent) => void {
  let last: string | undefined
  return (inspection) => {
    if (inspection.type !== '@xstate.snapshot') return
    const { actorRef, rootId, snapshot, event } = inspection
    if (actorRef.sessionId !== rootId) return
    const state = 'value' in snapshot ? nameState(snapshot.value) : snapshot.status
    if (last !== undefined && state !== last) {
      log.write(chart, { ...facts(), by: nameEvent(event.type), from: last, to: state })
    }
    last = state
  }
}

/** `RETRY`; for an ended effect `done` or `error`: the effect logs the rest. */
function nameEvent(type: string): string {
  return type.replace(/^xstate\.(done|error)\..*$/, '$1')
}

/** `running.working` */
function nameState(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, below]) => `${name}.${nameState(below)}`)
    .join(' ')
}
