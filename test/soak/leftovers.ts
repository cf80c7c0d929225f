import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as z from 'zod'
import { listProcesses } from './processes.ts'
import type { SoakRepository } from './repository.ts'

/** How long processes may take to end after the last run, in milliseconds. */
const endPatience = 15_000

/** Files that writers make aside before they move them into place. */
const draft = /\.next-|\.tmp$|^work\.\d+$/

const Doctor = z.object({
  checks: z.array(z.object({ name: z.string(), state: z.string(), text: z.string() })),
})
/** What `work doctor` looks at that kills may leave in disorder. */
const watched = ['isolation', 'locks', 'runs', 'leftovers', 'sessions', 'server', 'opencode server']

/** What a round has left that nobody needs: processes, files, held locks. An opencode server is ended before. */
export async function findLeftovers(repository: SoakRepository): Promise<string[]> {
  const doctor = await repository.run(['doctor', '--json'])
  const { checks } = Doctor.parse(JSON.parse(doctor.stdout))
  const ended = await repository.run(['doctor', '--stop-server', '--force'])
  return [
    ...checks
      .filter(({ name, state }) => state !== 'ok' && watched.includes(name))
      .map(({ name, text }) => `doctor says of ${name}: ${text}`),
    ...(ended.code === 0 ? [] : [`the server can't be stopped: ${ended.stderr.trim()}`]),
    ...(await findProcesses(repository)),
    ...findFiles(repository),
  ]
}

async function findProcesses({ id }: SoakRepository): Promise<string[]> {
  const end = performance.now() + endPatience
  for (;;) {
    const left = listProcesses(id)
    if (left.length === 0) return []
    if (performance.now() > end) {
      return left.map(
        ({ pid, role, thread }) => `process ${pid} (${role}${thread === '' ? '' : ` of ${thread}`})`,
      )
    }
    await delay(100)
  }
}

function findFiles({ folder, root, home, temporary }: SoakRepository): string[] {
  const drafts = filesBelow(join(root, 'work')).filter((path) => draft.test(path.split('/').at(-1) ?? ''))
  const uses = filesBelow(join(root, 'work/.run/opencode.users'))
  const record = filesBelow(join(root, 'work/.run')).filter((path) => path.endsWith('/opencode.json'))
  const outside = [...filesBelow(home), ...filesBelow(temporary)]
  return [...drafts, ...uses, ...record, ...outside].map((path) => `file ${relative(folder, path)}`)
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
}
