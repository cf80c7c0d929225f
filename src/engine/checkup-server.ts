import { existsSync } from 'node:fs'
import { counted } from './counted.ts'
import { isAlive, isOtherNamespace } from '../agents/identity.ts'
import { describeSystem } from '../agents/origin.ts'
import { readRecord, serverFiles } from '../agents/opencode/server-record.ts'
import { formatMoment } from '../moment.ts'
import type { Workspace } from '../workspace.ts'
import { ok, warning, type Check } from './check.ts'
import type { ServerState } from './server-control.ts'

const name = 'server'
const hiddenHint =
  'work doctor --stop-server there stops it; here, if you know that it has ended, it removes its record.'
const takeAway = 'The next run does so by itself; work doctor --stop-server takes it away now.'

/** How it is with the opencode server: whether it answers, is looked after, and whether what is recorded of it is true. */
export function checkServer({ run }: Workspace, server: ServerState): Check {
  const files = serverFiles(run)
  const record = readRecord(files)
  switch (server.type) {
    case 'none':
      if (record === undefined && existsSync(files.record)) {
        return warning(name, 'work/.run/opencode.json is no record of a server', takeAway)
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
        const text = `the one that is recorded is gone (${who}, since ${formatMoment(record.startedAt)})`
        return warning(name, text, takeAway)
      }
      return ok(name, 'none runs; one is started when an agent needs it')
    case 'starting':
      return ok(name, 'is being started')
    case 'running': {
      const { pid, port, version, since, busy } = server
      const place = `process ${pid}, port ${port}, opencode ${version}, since ${formatMoment(since)}`
      if (busy === null) {
        const hint = 'It may have much to do. If it stays so: work doctor --stop-server --force'
        return warning(name, `${place}, does not answer`, hint)
      }
      if (record !== undefined && !isAlive(record.keeper)) {
        const hint = 'The next run looks after it again; work doctor --stop-server ends it.'
        return warning(name, `${place}, and nobody ends it when it is not used any more`, hint)
      }
      if (busy > 0) return ok(name, `${place}, ${counted(busy, 'session')} at work`)
      return ok(name, `${place}, idle: it ends by itself`)
    }
  }
}
