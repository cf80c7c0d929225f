import { findByToken } from '../../process/membership.ts'
import { lookByProcess } from '../by-process.ts'
import { openLines } from '../output.ts'
import type { RunnerDefinition } from '../runner.ts'
import { Followers } from './followers.ts'
import { withReadEnd, type RecordedProgram } from './program.ts'
import { filesOf, lastSignOf, lookAt } from './inspect.ts'
import { lastLine } from './session-files.ts'

/** The runner for a program that is started for each session and whose end is recorded by a process of its own. */
export function recordedRunner(program: RecordedProgram): RunnerDefinition {
  const { name, fields, doneWhen, commandOf, refusalToResume, eventsOf, checks } = program
  const followers = new Followers(program)
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
      return followers.lineOf(session) ?? lastLine(filesOf(session))
    },
    open: async (options) => {
      const { openRecorded } = await import('./runner.ts')
      return openRecorded(definition, program, options)
    },
  }
  return definition
}

function toIso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString()
}
