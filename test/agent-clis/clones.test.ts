import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import { byMarker, runShell, say, type Answer } from '../helpers/model-server.ts'
import { untilFile } from '../helpers/processes.ts'
import { makeApproved, sessionsOf, tasksOf } from '../helpers/scene.ts'
import { cliEnv } from './cli-env.ts'
import { useModels } from './models/server.ts'

const models = useModels()

/** Its sandbox opens the temp folder, in which the repositories of tests are. */
const closed = ['exclude_slash_tmp', 'exclude_tmpdir_env_var'].flatMap((name) => [
  '-c',
  `sandbox_workspace_write.${name}=true`,
])

const agents = [
  { name: '01.01.01', runner: 'claude', models: ['opus'] },
  { name: '01.01.02', runner: 'codex', models: ['m1'], args: closed },
  { name: '01.01.03', runner: 'gemini', models: ['gemini-2.5-pro'] },
]

const commit = 'git -c user.name=Agent -c user.email=agent@example.org commit -qm'

test('an agent in a clone changes files there, commits them and reports by work', async () => {
  const { workspace, env, git } = await makeClones(({ name }) => [
    runShell(
      `echo strange >../strange-${name}; echo made >made-${name}; git add made-${name}; ${commit} "By ${name}"`,
    ),
    runShell(`work update --stream 001-demo --task ${name}.01 --status completed --report "done"`),
    say('Done.'),
  ])

  const { code, stderr } = await workspace.run(['multi', '--continue', '--json'], { env })

  expect(agents.map(({ name }) => sessionsOf(workspace, name)[0]?.status)).toEqual(
    agents.map(() => 'completed'),
  )
  expect(code, stderr).toBe(0)
  const subjects = git('log', '--format=%s', 'workstream/001-demo').split('\n')
  expect(subjects).toEqual(expect.arrayContaining(agents.map(({ name }) => `By ${name}`)))
  // The others have no sandbox.
  expect(existsSync(join(workspace.root, 'work/.trees/strange-01.01.02'))).toBe(false)
})

test('an agent in a clone that is stopped is resumed there, also when the clone had to be made again', async () => {
  const scene = await makeClones(({ name }) => [
    // As the last thing that its agent knows of.
    runShell('echo begun >begun; sleep 600'),
    runShell(
      `pwd >where-${name}; work update --stream 001-demo --task ${name}.01 --status completed --report "done"`,
    ),
    say('Done.'),
  ])
  const { workspace, env, git } = scene
  const begun = workspace.start(['multi', '--continue', '--json'], { env })
  const clones = agents.map(({ name }) => join(workspace.root, 'work/.trees', `001-${name}`))
  for (const clone of clones) await untilFile(join(clone, 'begun'))
  expect(await workspace.run(['stop'], { env })).toMatchObject({ code: 0 })
  await begun.ended
  for (const clone of clones) rmSync(clone, { recursive: true })

  for (const { name } of agents) {
    const fixed = await workspace.run(['fix', '--yes', '--thread', name, '--resume'], { env })
    expect(fixed.code, fixed.stderr).toBe(0)
  }

  for (const [index, { name }] of agents.entries()) {
    const [first, second] = sessionsOf(workspace, name)
    expect(second).toMatchObject({ mode: 'resume', status: 'completed', sessionId: first?.sessionId })
    expect(git('show', `workstream/001-demo:where-${name}`).trim()).toBe(clones[index])
  }
})

/** A repository with one commit, in which a thread for each of the agents gives these answers. */
async function makeClones(answersOf: (agent: { name: string }) => Answer[]) {
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
  const byThread = agents.map((agent) => [`(${agent.name})`, answersOf(agent)] as const)
  const { url } = models.add(byMarker(Object.fromEntries(byThread)))
  const env = cliEnv(join(dirname(workspace.root), 'clis'), { url, origin: models.origin })
  return { workspace, git, env: { ...env, HOME: workspace.home } }
}
