import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { byMarker, runShell, say } from '../helpers/model-server.ts'
import { makeApproved, sessionsOf, tasksOf } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'
import { cliEnv } from './cli-env.ts'
import { useModels } from './models/server.ts'

const models = useModels()

interface Row {
  agent: { runner: string; models: string[]; permissions: string }
  /** Whether its agent can report by `work update`, and change a file. */
  reports: boolean
  writes: boolean
}

const rows: Row[] = [
  { agent: claude('read'), reports: true, writes: false },
  { agent: claude('edit'), reports: true, writes: true },
  { agent: claude('full'), reports: true, writes: true },
  // Its sandbox lets nobody write who may only read, and `work update` writes.
  { agent: codex('read'), reports: false, writes: false },
  { agent: codex('edit'), reports: true, writes: true },
  { agent: codex('full'), reports: true, writes: true },
  { agent: gemini('read'), reports: true, writes: false },
  { agent: gemini('edit'), reports: true, writes: true },
  { agent: gemini('full'), reports: true, writes: true },
]

test('an agent with each permission can do what the permission says, and report by work', async () => {
  const threads = rows.map((_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)
  const agents = rows.map(({ agent }, index) => ({ name: threads[index], ...agent }))
  const workspace = await makeApproved(
    batchOf(rows.length),
    JSON.stringify({ parallel: rows.length, agents }),
  )
  const tasks = tasksOf(workspace)
  for (const task of tasks.tasks) task.assigned_agent = task.id.slice(0, 8)
  workspace.write('work/001-demo/tasks.json', tasks)
  const answers = threads.map((thread) => [
    runShell(`echo made >made-${thread}`),
    runShell(`work update --stream 001-demo --task ${thread}.01 --status completed --report "done"`),
    say('Done.'),
  ])
  const byThread = threads.map((thread, index) => [`(${thread})`, answers[index] ?? []] as const)
  const { url } = models.add(byMarker(Object.fromEntries(byThread)))
  const env = cliEnv(join(dirname(workspace.root), 'clis'), { url, origin: models.origin })

  const { code, stderr } = await workspace.run(['multi', '--continue', '--json'], {
    env: { ...env, HOME: workspace.home },
  })

  expect(code, stderr).toBe(1)
  const found = rows.map(({ agent }, index) => {
    const thread = threads[index] ?? ''
    const [session] = sessionsOf(workspace, thread)
    return {
      agent,
      reports: session?.status === 'completed',
      writes: existsSync(join(workspace.root, `made-${thread}`)),
    }
  })
  expect(found).toEqual(rows)
})

function claude(permissions: string) {
  return { runner: 'claude', models: ['opus'], permissions }
}

function codex(permissions: string) {
  return { runner: 'codex', models: ['m1'], permissions }
}

function gemini(permissions: string) {
  return { runner: 'gemini', models: ['gemini-2.5-pro'], permissions }
}
