import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'
import { callTool, runShell, type Answer } from '../helpers/model-server.ts'
import { goalEnds, goalScript, planGoals, type WriteFile } from '../helpers/planned-goals.ts'
import { succeed } from '../helpers/scene.ts'
import { cliEnv } from './cli-env.ts'
import { useModels } from './models/server.ts'

const models = useModels()

interface Program {
  runner: string
  model: string
  write: WriteFile
  /** Whether it refuses to write any other file than the draft. */
  isLimited: boolean
}

const programs: Program[] = [
  {
    runner: 'claude',
    model: 'opus',
    write: (path, content) => callTool('Write', { file_path: path, content }),
    isLimited: true,
  },
  // Its sandbox knows folders, not files.
  { runner: 'codex', model: 'm1', write: byShell, isLimited: false },
  {
    runner: 'gemini',
    model: 'gemini-2.5-pro',
    write: (path, content) => callTool('write_file', { file_path: path, content }),
    isLimited: true,
  },
]

test.each(programs)(
  '$runner drafts a plan, repairs it in the same session, and writes nothing else if it can be kept from it',
  async ({ runner, model, write, isLimited }) => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const agent = { name: 'default', runner, models: [model], permissions: 'full' }
    workspace.write('work/agents.yaml', JSON.stringify({ agents: [agent] }))
    const { url } = models.add(goalScript(workspace, write))
    const env = cliEnv(join(dirname(workspace.root), 'clis'), { url, origin: models.origin })
    const home = { ...env, HOME: workspace.home }
    expect(await planGoals(workspace, home, { runner, isLimited })).toEqual(goalEnds)
  },
)

function byShell(path: string, text: string): Answer {
  return runShell(`echo ${Buffer.from(text).toString('base64')} | base64 -d >'${path}'`)
}
