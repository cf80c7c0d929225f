import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { listBusy } from '../../src/runners/opencode/server/http.ts'
import { accessOf } from '../../src/runners/opencode/server/stop.ts'
import { batchOf } from '../builders/plan.ts'
import { cloneOf, commitAll, git, inBranch, mainState } from '../helpers/isolated.ts'
import { hang, runShell, say, type Answer, type Script } from '../helpers/model-server.ts'
import { lives } from '../helpers/processes.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { assign, makeScene, reportDone, requestsFor, threadOf, type OpencodeScene } from './scene.ts'

const [first, second, third] = ['01.01.01', '01.01.02', '01.01.03']

/** The answers for each thread, one for each request of it; the last one again and again. */
function inThreads(answers: Record<string, (Answer | (() => Promise<Answer>))[]>): Script {
  const given = new Map<string, number>()
  return async (request) => {
    const thread = threadOf(request) ?? ''
    const count = given.get(thread) ?? 0
    given.set(thread, count + 1)
    const answer = answers[thread]?.[count] ?? answers[thread]?.at(-1) ?? say('Nothing to do.')
    return typeof answer === 'function' ? await answer() : answer
  }
}

/** A repository with one commit, whose threads work in clones. The agent `full` may do what it asks for. */
async function makeIsolatedScene(
  threads: number,
  script: Script,
  fields: Record<string, unknown> = {},
): Promise<OpencodeScene> {
  const agents = {
    isolation: 'clone',
    parallel: 20,
    agents: [
      { name: 'default', models: ['local/m1'], ...fields },
      { name: 'full', models: ['local/m1'], permissions: 'full' },
    ],
  }
  const scene = await makeScene({ plan: batchOf(threads), agents, script })
  commitAll(scene.workspace)
  return scene
}

test('opencode works in several clones at once: each asks and is answered in its own, and all are merged', async () => {
  let outside = ''
  let isFirstMerged = () => false
  const scene = await makeIsolatedScene(
    3,
    inThreads({
      [first]: [
        () => Promise.resolve(runShell(`pwd >where-1; echo one >one; touch ${outside}-1`)),
        reportDone(first),
        say('Done.'),
      ],
      [second]: [
        runShell('pwd >where-2; echo two >two; git add two; git commit -qm two'),
        // Working for longer than an idle session would be waited for.
        async () => {
          await until(isFirstMerged, 'the merge of the other thread')
          return reportDone(second)
        },
        say('Done.'),
      ],
      [third]: [() => Promise.resolve(runShell(`echo three >three; touch ${outside}-3`)), say('Refused.')],
    }),
  )
  const { workspace, run } = scene
  outside = join(workspace.root, 'outside')
  isFirstMerged = () => git(workspace, 'log', '--format=%s', 'workstream/001-demo').includes(first)
  assign(workspace, { [first]: 'full' })
  const before = mainState(workspace)

  const { code, stderr } = await run('multi', '--continue', '--json')

  expect(code, stderr).toBe(1)
  expect([first, second, third].map((thread) => sessionsOf(workspace, thread))).toMatchObject([
    [{ cwd: cloneOf(first), status: 'completed', detail: 'Done.' }],
    [{ cwd: cloneOf(second), status: 'completed', detail: 'Done.' }],
    [{ cwd: cloneOf(third), status: 'failed' }],
  ])
  expect([inBranch(workspace, 'one'), inBranch(workspace, 'two')]).toEqual(['one', 'two'])
  expect([inBranch(workspace, 'where-1'), inBranch(workspace, 'where-2')]).toEqual([
    join(workspace.root, cloneOf(first)),
    join(workspace.root, cloneOf(second)),
  ])
  expect(workspace.read(`work/001-demo/logs/${first}/1.log`)).toContain('"reply":"once"')
  expect(workspace.read(`work/001-demo/logs/${third}/1.log`)).toContain('"reply":"reject"')
  expect([existsSync(`${outside}-1`), existsSync(`${outside}-3`)]).toEqual([true, false])
  rmSync(`${outside}-1`)
  expect(mainState(workspace)).toBe(before)
})

test('a session whose clone was deleted is resumed in the clone that is made again', async () => {
  const scene = await makeIsolatedScene(
    1,
    inThreads({
      [first]: [
        runShell('echo one >one'),
        hang('Well,'),
        runShell('cat one >>again; pwd >where'),
        reportDone(first),
        say('Done.'),
      ],
    }),
  )
  const { workspace, run, start, model } = scene
  const clone = join(workspace.root, cloneOf(first))
  const begun = start('multi', '--continue', '--json')
  await until(() => requestsFor(model, first).length === 2)
  expect(await run('stop')).toMatchObject({ code: 0 })
  expect((await begun.ended).code).not.toBe(0)
  rmSync(clone, { recursive: true })

  const fixed = await run('fix', '--yes', '--thread', first, '--resume')

  expect(fixed.code, fixed.stderr).toBe(0)
  const sessions = sessionsOf(workspace, first)
  expect(sessions).toMatchObject([{ mode: 'fresh' }, { mode: 'resume', status: 'completed' }])
  expect(sessions[1]?.sessionId).toBe(sessions[0]?.sessionId)
  expect(inBranch(workspace, 'where')).toBe(clone)
  expect(inBranch(workspace, 'again')).toBe('one')
})

test('a session in a clone keeps the server from being stopped, and its time limit is kept without work', async () => {
  const scene = await makeIsolatedScene(1, () => hang('Well,'), { done_when: 'exit', timeout: '15s' })
  const { workspace, run, start, server, model } = scene
  // Another history, which the clone does not have: opencode names a project by its first commit.
  const empty = git(workspace, 'mktree')
  git(workspace, 'branch', 'pages', git(workspace, 'commit-tree', '-m', 'pages', empty))
  const clone = join(workspace.root, cloneOf(first))
  const begun = start('multi', '--continue', '--json')
  await until(() => existsSync(join(workspace.stream.logs, first, '1.prompted.md')), 'the prompt')
  await until(() => model.requests.length > 0)
  begun.kill('SIGKILL')
  await begun.ended

  const [limit = ''] = readdirSync(join(workspace.paths.run, 'opencode.limits'))
  const { directory } = JSON.parse(readFileSync(join(workspace.paths.run, 'opencode.limits', limit), 'utf8'))
  expect(directory).toBe(clone)
  const { startedAt, pid } = server()
  const list = () => listBusy(accessOf(server()), workspace.root, startedAt)
  expect(await list()).toMatchObject([{ directory: clone }])
  expect(await run('doctor', '--stop-server')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('1 running session'),
  })
  expect(lives(pid)).toBe(true)

  await until(async () => (await list()).length === 0, 'the end of the session')
  await run('continue', '--yes', '--no-wait')
  expect(sessionsOf(workspace, first)[0]).toMatchObject({ attempt: 1, status: 'failed', reason: 'timeout' })
  expect(dirname(clone)).toBe(join(workspace.paths.work, '.trees'))
})
