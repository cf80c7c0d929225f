import { runListModels } from '../list-models.ts'
import { fetchModels } from '../server/http.ts'
import { accessOf } from '../server/stop.ts'
import { findOpencode } from '../server/executable.ts'
import { isLive, readRecord, serverFiles } from '../server/record.ts'
import { messageOf } from '../../../errors.ts'
import type { Workspace } from '../../../paths.ts'
import { ok, problem, warning, type Check } from '../../../doctor/check.ts'
import { listSome } from '../../../text/list-some.ts'
import { counted } from '../../../text/plural.ts'
import type { ServerState } from '../../runner.ts'
import { shell } from '../../../text/hint.ts'

const name = 'models'

/**
 * The models of opencode, from its running server or from `opencode models`. `known` is undefined if neither answers.
 */
export async function findModels(
  workspace: Workspace,
  server: ServerState,
  env: Record<string, string>,
  keeper: string,
): Promise<{ checks: Check[]; known: string[] | undefined }> {
  try {
    const known = await askModels(workspace, server, env, keeper)
    return { checks: known === undefined ? [] : [describe(known)], known }
  } catch (error) {
    const text = `could not be listed, so the agents' models are not checked: ${messageOf(error)}`
    return { checks: [warning(name, text, shell('opencode', 'models'))], known: undefined }
  }
}

/** Undefined if the program is missing or the server does not answer: other checks report that. */
async function askModels(
  { run, root }: Workspace,
  server: ServerState,
  env: Record<string, string>,
  keeper: string,
): Promise<string[] | undefined> {
  if (server.type === 'running') {
    const record = readRecord(serverFiles(run))
    return server.busy === null || !isLive(record) ? undefined : fetchModels(accessOf(record), root)
  }
  const program = findProgram(env, keeper)
  return program === undefined ? undefined : runListModels(program, root, env)
}

function findProgram(env: Record<string, string>, keeper: string): string | undefined {
  try {
    return findOpencode(env, keeper)
  } catch {
    return undefined
  }
}

function describe(known: readonly string[]): Check {
  if (known.length === 0)
    return problem(name, 'opencode has none: no provider is set up', shell('opencode', 'auth', 'login'))
  const counts = new Map<string, number>()
  for (const model of known) {
    const provider = model.slice(0, model.indexOf('/'))
    counts.set(provider, (counts.get(provider) ?? 0) + 1)
  }
  const providers = [...counts].map(([provider, count]) => `${provider} (${count})`)
  return ok(name, `${counted(known.length, 'model')} of opencode: ${listSome(providers, 5)}`)
}
