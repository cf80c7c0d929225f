import { findByToken } from '../../process/membership.ts'
import type { SeenSession } from '../../process/membership.ts'
import { lookByProcess } from '../by-process.ts'
import type { Look } from '../evidence.ts'
import { lastLines } from '../tail.ts'
import { openLines } from '../output.ts'
import type { RunnerDefinition } from '../runner.ts'
import type { RecordedProgram } from './program.ts'
import { filesOf, lastSignOf, lookAt } from './inspect.ts'
import { lastLine } from './session-files.ts'

/** The runner for a program that is started for each session and whose end is recorded by a process of its own. */
export function recordedRunner(program: RecordedProgram): RunnerDefinition {
  const { name, fields, doneWhen, commandOf, refusalToResume, eventsOf, checks } = program
  const definition: RunnerDefinition = {
    name,
    fields,
    doneWhen,
    commandOf,
    refusalToResume,
    checks,
    ...(eventsOf === undefined ? {} : { eventsOf }),
    foreignTo: (session) => {
      const look = lookAt(session, '')
      return look.type === 'elsewhere' || look.type === 'unknown' ? look : undefined
    },
    probe: (session, now) => {
      if (session.record.log === undefined) return Promise.resolve(lookByProcess(session.record, now()))
      const at = toIso(lastSignOf(session)) ?? now().toISOString()
      const look = lookAt(session, at)
      // Its recorder may be about to claim it.
      const isClaimed = look.type === 'absent' && findByToken(session).length > 0
      return Promise.resolve(
        isClaimed ? { type: 'alive', process: null } : withReadEnd(program, session, look),
      )
    },
    endRest: async (session, evidence) => {
      const { endRest } = await import('./orphans.ts')
      await endRest(session, evidence, program.endsStrays)
    },
    openOutput: (session) => {
      const { out, err } = filesOf(session)
      return program.openOutput?.(session) ?? openLines(session.root, out, err)
    },
    lastLine: (session) => {
      if (session.record.log === undefined) return ''
      const followed = program.follow?.(session)
      followed?.update()
      return followed === undefined ? lastLine(filesOf(session)) : lastOf(followed.reading.line)
    },
    open: async (options) => {
      const { openRecorded } = await import('./runner.ts')
      return openRecorded(definition, program, options)
    },
  }
  return definition
}

/** A look whose end is that which the program's own output proves. */
function withReadEnd(program: RecordedProgram, session: SeenSession, look: Look): Look {
  if (look.type !== 'ended' || program.readEnd === undefined) return look
  return { type: 'ended', evidence: program.readEnd(session, look.evidence) }
}

function lastOf(text: string): string {
  return lastLines(text, 1).join()
}

function toIso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString()
}
