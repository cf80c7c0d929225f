import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import { byMarker, runShell, say } from '../helpers/model-server.ts'
import { makeApproved, sessionsOf, tasksOf } from '../helpers/scene.ts'
import { cliEnv } from './cli-env.ts'
import { useModels } from './models/server.ts'

const models = useModels()

const agents = [
  { name: '01.01.01', runner: 'claude', models: ['opus'] },
  { name: '01.01.02', runner: 'codex', models: ['m1'] },
  { name: '01.01.03', runner: 'gemini', models: ['gemini-2.5-pro'] },
]

test('an agent in a clone changes files there, commits them and reports by work', async () => {
  const yaml = JSON.stringify({ parallel: agents.length, isolation: 'clone', agents })
  const workspace = await makeApproved(batchOf(agents.length), yaml)
  const tasks = tasksOf(workspace)
  for (const task of tasks.tasks) task.assigned_agent = task.id.slice(0, 8)
  workspace.write('work/001-demo/tasks.json', tasks)
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  const git = (...args: string[]) =>
    String(execFileSync('git', [...identity, ...args], { cwd: workspace.root }))
  git('add', '-A')
  git('commit', '-qm', 'Begin')
  const commit = 'git -c user.name=Agent -c user.email=agent@example.org commit -qm'
  const byThread = agents.map(
    ({ name }) =>
      [
        `(${name})`,
        [
          runShell(`echo made >made-${name}; git add made-${name}; ${commit} "By ${name}"`),
          runShell(`work update --stream 001-demo --task ${name}.01 --status completed --report "done"`),
          say('Done.'),
        ],
      ] as const,
  )
  const { url } = models.add(byMarker(Object.fromEntries(byThread)))
  const env = cliEnv(join(dirname(workspace.root), 'clis'), { url, origin: models.origin })

  const { code, stderr } = await workspace.run(['multi', '--continue', '--json'], {
    env: { ...env, HOME: workspace.home },
  })

  expect(agents.map(({ name }) => sessionsOf(workspace, name)[0]?.status)).toEqual(
    agents.map(() => 'completed'),
  )
  expect(code, stderr).toBe(0)
  const subjects = git('log', '--format=%s', 'workstream/001-demo').split('\n')
  expect(subjects).toEqual(expect.arrayContaining(agents.map(({ name }) => `By ${name}`)))
})
