import { checked, objection, ok, problem, warning, type Check } from '../../../doctor/check.ts'
import type { Workspace } from '../../../paths.ts'
import { listSome } from '../../../text/list-some.ts'
import type { CheckSurroundings, RepositoryChecks, RunnerChecks } from '../../checks.ts'
import { describeKnownModels, findUnknownModels, type AgentWithModels } from '../../models.ts'
import type { ServerState } from '../../runner.ts'
import { opencodeModels } from '../models.ts'
import { isLive, readRecord, serverFiles } from '../server/record.ts'
import { lookAtServer } from '../server/status.ts'
import { checkLibraries } from './libraries.ts'
import { findModels } from './models.ts'
import { checkOpencode } from './program.ts'
import { checkServer } from './server.ts'

export const opencodeChecks: RunnerChecks = {
  program: checkOpencode,
  repository: checkRepository,
  serverMark: ({ run }) => {
    const server = readRecord(serverFiles(run))
    return {
      variable: 'OPENCODE_SERVER_PASSWORD',
      live: isLive(server) ? server.password : undefined,
      owner: 'an opencode server of this repository',
    }
  },
}

async function checkRepository({
  workspace,
  helpers,
  env,
  now,
  isUsed,
}: CheckSurroundings): Promise<RepositoryChecks> {
  const looked = await lookOr(workspace)
  const server = looked.type === 'unknown' ? { type: 'none' as const } : looked
  const { checks: models, known } = isUsed
    ? await findModels(workspace, server, env, helpers.keeper)
    : { checks: [], known: undefined }
  return {
    server:
      looked.type === 'unknown'
        ? [looked.check]
        : await checked('server', () => [checkServer(workspace, looked)]),
    leftovers: await checked('libraries', () => checkLibraries(workspace, server, env, now())),
    models,
    agent: (agent) => checkModels(agent, known),
    facts: { server },
  }
}

async function lookOr(workspace: Workspace): Promise<ServerState | { type: 'unknown'; check: Check }> {
  try {
    return await lookAtServer({ workspace })
  } catch (error) {
    return { type: 'unknown', check: objection('server', 'problem', error) }
  }
}

function checkModels(agent: AgentWithModels, known: string[] | undefined): Check {
  const name = `agent ${agent.name}`
  const unknown = known === undefined ? [] : findUnknownModels(agent, known)
  const [first] = unknown
  if (first === undefined || known === undefined) {
    return ok(name, `opencode: ${agent.models.map(({ model }) => model).join(', ')}`)
  }
  const report = unknown.some(({ isFatal }) => isFatal) ? problem : warning
  const names = listSome(unknown.map(({ model }) => model))
  const words = describeKnownModels(first, known, opencodeModels)
  return report(name, `opencode does not have ${names}. ${words}`, opencodeModels.hint)
}
