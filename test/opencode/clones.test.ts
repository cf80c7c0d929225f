import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listBusy } from '../../src/runners/opencode/server/http.ts'
import { accessOf } from '../../src/runners/opencode/server/stop.ts'
import { batchOf } from '../builders/plan.ts'
import { byMarker, callTool, runShell, say, type Answer, type ModelRequest } from '../helpers/model-server.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { until } from '../helpers/until.ts'
import { makeScene, makeSignal, oneAgent, reportDone, type OpencodeScene } from './scene.ts'

test('two sessions in clones work at once, are seen busy, and are answered when they ask', async () => {
  const { given, give } = makeSignal()
  const threads = ['01.01.01', '01.01.02']
  const byThread = byMarker(Object.fromEntries(threads.map((thread) => [`(${thread})`, answers(thread)])))
  const scene = await makeScene({
    plan: batchOf(2),
    agents: { ...oneAgent({ permissions: 'full' }), isolation: 'clone' },
    script: async (request) => {
      // After the permission, and before anything else.
      if (resultsIn(request) === 1) await given
      return byThread(request)
    },
  })
  commitAll(scene)
  const run = scene.start('multi', '--continue', '--json')
  await until(
    () => scene.model.requests.filter((request) => resultsIn(request) === 1).length === 2,
    () => 'both were allowed to read',
  )

  const { root } = scene.workspace
  const clones = threads.map((thread) => join(root, 'work/.trees', `001-${thread}`))
  const server = scene.server()
  const busy = await listBusy(accessOf(server), root, server.startedAt)
  expect(busy.map(({ directory }) => directory).toSorted()).toEqual(clones)
  const stop = await scene.run('doctor', '--stop-server')
  expect(stop.stderr).toContain('has 2 running sessions')
  give()

  const { code, stderr } = await run.ended
  expect(code, stderr).toBe(0)
  for (const [index, thread] of threads.entries()) {
    const [session] = sessionsOf(scene.workspace, thread)
    expect(session).toMatchObject({ status: 'completed', cwd: `work/.trees/001-${thread}` })
    const shell = toolResults(scene.model.requests).find((text) => text.includes(`001-${thread}`))
    expect(shell).toContain(`${clones[index]}\n${clones[index]}\n`)
    const made = execFileSync('git', ['show', `workstream/001-demo:made-${thread}`], { cwd: root })
    expect(String(made)).toBe('made\n')
  }
  expect(readFileSync(join(root, 'README.md'), 'utf8')).toBe('# Demo\n')
}, 60_000)

function answers(thread: string): Answer[] {
  return [
    callTool('read', { filePath: '/etc/hostname' }),
    runShell(`pwd; git rev-parse --show-toplevel; echo made >made-${thread}`),
    reportDone(thread),
    say('All done.'),
  ]
}

function resultsIn({ messages }: ModelRequest): number {
  return messages.filter(({ role }) => role === 'tool').length
}

function toolResults(requests: readonly ModelRequest[]): string[] {
  return requests.flatMap(({ messages }) =>
    messages.flatMap(({ role, text }) => (role === 'tool' ? [text] : [])),
  )
}

function commitAll({ workspace }: OpencodeScene): void {
  workspace.write('README.md', '# Demo\n')
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  execFileSync('git', ['add', '-A'], { cwd: workspace.root })
  execFileSync('git', [...identity, 'commit', '-qm', 'Begin'], { cwd: workspace.root })
}
