import { existsSync, lstatSync, readdirSync, readFileSync, type Stats } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverFiles } from '../server/record.ts'
import { systemCode } from '../../../errors.ts'
import type { Workspace } from '../../../paths.ts'
import { warning, type Check } from '../../../doctor/check.ts'
import { listSome } from '../../../text/list-some.ts'
import { counted } from '../../../text/plural.ts'
import type { ServerState } from '../../runner.ts'
import { libraryAge } from '../waits.ts'
import { advice, shell, work } from '../../../text/hint.ts'

const name = 'libraries'
/** Such as `.bcfbf7dffcbff62c-00000000.so`. */
const unpacked = /^\.[0-9a-f]{8,}(-[0-9a-f]+)*\.(so|dylib|node)$/
const megabyte = 1024 * 1024

/**
 * Unused libraries of 5 to 14 MB that opencode unpacked: in work/.run if a server was killed together with its keeper,
 * and in the temp folder if opencode was not started by `work`.
 */
export function checkLibraries(
  { run }: Workspace,
  server: ServerState,
  env: Record<string, string>,
  now: Date,
): Check[] {
  const checks: Check[] = []
  const own = serverFiles(run).unpacked
  if (server.type === 'none' && existsSync(own) && namesIn(own).length > 0) {
    const text = 'work/.run/opencode.tmp has files of a killed opencode server'
    checks.push(
      warning(
        name,
        text,
        advice`The next run removes it; ${work('doctor', '--stop-server')} removes it now.`,
      ),
    )
  }
  const left = findUnused(env['TMPDIR'] || tmpdir(), now)
  if (left.length > 0) {
    const size = Math.ceil(left.reduce((sum, { bytes }) => sum + bytes, 0) / megabyte)
    const paths = left.map(({ path }) => path)
    const text = `opencode left ${counted(left.length, 'unused library file')} (${size} MB): ${listSome(paths)}`
    checks.push(
      warning(
        name,
        text,
        advice`They only take up space. Delete them: ${shell('rm', paths[0] ?? '')}${paths.length > 1 ? ' …' : ''}`,
      ),
    )
  }
  return checks
}

/** Libraries of this user that no process has mapped. Only Linux shows that; elsewhere none are found. */
function findUnused(folder: string, now: Date): { path: string; bytes: number }[] {
  if (process.platform !== 'linux') return []
  const found = namesIn(folder)
    .filter((each) => unpacked.test(each))
    .map((each) => join(folder, each))
    .flatMap((path) => {
      const stats = lstatSync(path, { throwIfNoEntry: false })
      return stats !== undefined && isOldAndOurs(stats, now) ? [{ path, bytes: stats.size }] : []
    })
  if (found.length === 0) return []
  const maps = namesIn('/proc')
    .filter((each) => /^\d+$/.test(each))
    .map((pid) => textOf(`/proc/${pid}/maps`))
  return found.filter(({ path }) => !maps.some((text) => text.includes(path)))
}

function isOldAndOurs(stats: Stats, now: Date): boolean {
  return stats.isFile() && stats.uid === process.getuid?.() && now.getTime() - stats.mtimeMs > libraryAge
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return []
  }
}

/** Empty for a process that is gone or belongs to another user. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return ''
  }
}
