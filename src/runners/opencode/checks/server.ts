import { existsSync } from 'node:fs'
import { counted } from '../../../text/plural.ts'
import { isAlive, isOtherNamespace } from '../../../process/identity.ts'
import { describeSystem } from '../../../process/origin.ts'
import { readRecord, serverFiles } from '../server/record.ts'
import { formatMoment } from '../../../text/dates.ts'
import type { Workspace } from '../../../paths.ts'
import { ok, warning, type Check } from '../../../doctor/check.ts'
import type { ServerState } from '../../runner.ts'
import { advice, work } from '../../../text/hint.ts'

const name = 'server'
const hiddenHint = advice`${work('doctor', '--stop-server')} there stops it; here, if you are sure that it has ended, it removes the record.`
const takeAway = advice`The next run removes the record; ${work('doctor', '--stop-server')} removes it now.`

/** The state of the opencode server: whether it answers and has a keeper, and whether its record is correct. */
export function checkServer({ run }: Workspace, server: ServerState): Check {
  const files = serverFiles(run)
  const record = readRecord(files)
  switch (server.type) {
    case 'none':
      if (record === undefined && existsSync(files.record)) {
        return warning(name, 'work/.run/opencode.json is not a valid record', takeAway)
      }
      if (record !== undefined) {
        const of = record.phase === 'claimed' ? record.keeper : record
        if (isOtherNamespace(of)) {
          return warning(
            name,
            `may be running on ${describeSystem(of)}, which can't be seen from here`,
            hiddenHint,
          )
        }
        const who = record.phase === 'claimed' ? `keeper ${record.keeper.pid}` : `process ${record.pid}`
        const text = `the recorded server has exited (${who}, started ${formatMoment(record.startedAt)})`
        return warning(name, text, takeAway)
      }
      return ok(name, 'not running; started when an agent needs it')
    case 'starting':
      return ok(name, 'starting')
    case 'running': {
      const { pid, port, version, since, busy } = server
      const place = `process ${pid}, port ${port}, opencode ${version}, since ${formatMoment(since)}`
      if (busy === null) {
        const hint = advice`It may be busy. If this persists: ${work('doctor', '--stop-server', '--force')}`
        return warning(name, `${place}, does not answer`, hint)
      }
      if (record !== undefined && !isAlive(record.keeper)) {
        const hint = advice`The next run supervises it again; ${work('doctor', '--stop-server')} stops it.`
        return warning(name, `${place}, without a process that stops it when it is unused`, hint)
      }
      if (busy > 0) return ok(name, `${place}, ${counted(busy, 'session')} running`)
      return ok(name, `${place}, idle: stops by itself`)
    }
  }
}
