import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeRepository, makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { byMarker, hang, startModelServer } from '../helpers/model-server.ts'
import { opencodeEnv, opencodeProgram } from '../helpers/opencode-env.ts'
import { lives } from '../helpers/processes.ts'
import { makeApproved, sessionsOf } from '../helpers/scene.ts'
import { agentsYaml } from '../builders/agents.ts'
import { batchOf } from '../builders/plan.ts'

/** Folders of its own for opencode, which creates them even to print its version. */
function ownFolders(workspace: TestWorkspace): Record<string, string> {
  const folder = (name: string) => join(dirname(workspace.root), 'opencode', name)
  mkdirSync(folder('tmp'), { recursive: true })
  return {
    TMPDIR: folder('tmp'),
    XDG_DATA_HOME: folder('data'),
    XDG_CONFIG_HOME: folder('config'),
    XDG_STATE_HOME: folder('state'),
    XDG_CACHE_HOME: folder('cache'),
  }
}

/** Every file below a folder, with its size and when it was last changed. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name))
      return `${name} ${size} ${mtimeMs}`
    })
    .toSorted()
}

test('work doctor lists what there is, a line each', async () => {
  const workspace = makeWorkspace()
  workspace.write('work/agents.yaml', agentsYaml([process.execPath, '--version']))
  const env = ownFolders(workspace)
  const { code, stdout } = await workspace.run(['doctor'], { env })
  expect(stdout).toMatch(/^ok {7}node +\d+\.\d+\.\d+$/m)
  expect(stdout).toMatch(/^ok {7}git +git version \d/m)
  expect(stdout).toMatch(/^ok {7}tmux +tmux \d/m)
  expect(stdout).toMatch(/^ok {7}opencode +\d+\.\d+\.\d+ \(.*opencode\)$/m)
  expect(stdout).toMatch(/^ok {7}server +not running/m)
  expect(stdout).toMatch(/^ok {7}index.json +1 workstream/m)
  expect(stdout).toMatch(/^ok {7}agents.yaml +1 agent/m)
  expect(stdout).toMatch(/^ok {7}agent default +command: /m)
  expect(code).toBe(0)
})

test('work doctor lists what is installed also without a repository', async () => {
  const workspace = makeRepository()
  const { code, stdout, stderr } = await workspace.run(['doctor'], {
    cwd: workspace.home,
    env: ownFolders(workspace),
  })
  expect(stdout).toMatch(
    /^ok {7}node .*\nok {7}git .*\nok {7}tmux .*\nok {7}opencode .*\nproblem {2}repository /,
  )
  expect(stdout).toContain(`No git repository at or above ${workspace.home}.\n  → git init, or`)
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })

  const elsewhere = await workspace.work('doctor', '--repo-root', 'nowhere')
  expect(elsewhere).toMatchObject({ code: 2, stdout: '' })
  expect(elsewhere.stderr).toContain('--repo-root nowhere: folder not found.')
})

test('work doctor names what is missing and what to do, with exit code 1', async () => {
  const workspace = makeWorkspace()
  workspace.write('work/agents.yaml', agentsYaml(['no-such-agent']))
  const env = { ...ownFolders(workspace), PATH: workspace.home }
  const { code, stdout } = await workspace.run(['doctor'], { env })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^warning {2}tmux .*\n {2}→ Only work run --tmux needs it/m)
  expect(stdout).toMatch(
    /^problem {2}agent default .*"no-such-agent" not found on PATH\n {2}→ .*work\/agents\.yaml/m,
  )

  workspace.write('work/agents.yaml', 'agents: 3\n')
  const broken = await workspace.run(['doctor', '--json'], { env })
  expect(broken.code).toBe(1)
  expect(broken.json()).toMatchObject({
    checks: expect.arrayContaining([
      expect.objectContaining({ name: 'git', state: 'warning' }),
      expect.objectContaining({ name: 'tmux', state: 'warning' }),
      expect.objectContaining({ name: 'server', state: 'ok', hint: null }),
      expect.objectContaining({ name: 'agents.yaml', state: 'problem' }),
    ]),
    server: { type: 'none' },
  })
})

test('work doctor writes nothing', async () => {
  const agents = agentsYaml([process.execPath, '--eval', 'process.exit(1)'])
  const workspace = await makeApproved(batchOf(1), agents)
  expect((await workspace.work('multi', '--continue')).code).toBe(1)
  const before = filesBelow(workspace.paths.work)
  expect((await workspace.run(['doctor'], { env: ownFolders(workspace) })).code).toBe(0)
  expect(filesBelow(workspace.paths.work)).toEqual(before)
})

test('work doctor --stop-server says so when none runs, and --force alone means nothing', async () => {
  const workspace = makeWorkspace()
  const none = await workspace.work('doctor', '--stop-server')
  expect(none).toMatchObject({ code: 0, stdout: 'No opencode server of this repository runs.\n' })
  expect(await workspace.work('doctor', '--force')).toMatchObject({ code: 2 })
})

test('work doctor shows the server, and ends it with sessions at work only by --force', async () => {
  const model = await startModelServer(byMarker({ '01.01.01': [hang('Thinking.')] }))
  onTestFinished(() => model.close())
  const agents = JSON.stringify({
    agents: [
      { name: 'default', models: ['local/m1'] },
      { name: 'other', models: ['local/m9'] },
    ],
  })
  const workspace = await makeApproved(batchOf(1), agents)
  const env = {
    ...opencodeEnv(join(dirname(workspace.root), 'opencode'), model),
    PATH: `${dirname(opencodeProgram)}:${process.env['PATH'] ?? ''}`,
  }
  const run = workspace.start(['multi', '--continue'], { env })
  await model.waitForRequest(() => true)
  await until(() => sessionsOf(workspace, '01.01.01').length === 1)
  run.kill('SIGKILL')
  await run.ended

  const { pid }: { pid: number } = JSON.parse(workspace.read('work/.run/opencode.json'))
  const shown = await workspace.run(['doctor'], { env })
  expect(shown.stdout).toMatch(
    new RegExp(
      `^ok {7}server .*process ${pid}, port \\d+, opencode [\\d.]+, since 20.*, 1 session running$`,
      'm',
    ),
  )
  expect(shown.stdout).toMatch(/^ok {7}agent default +opencode: local\/m1$/m)
  expect(shown.stdout).toMatch(
    /^problem {2}agent other +opencode does not have local\/m9\. Did you mean local\/m1 or local\/m2\?$/m,
  )
  expect(shown.stdout).toMatch(
    /^warning {2}sessions +001-demo 01.01.01: .* is running without a supervisor$/m,
  )
  const refused = await workspace.run(['doctor', '--stop-server', '--json'], { env })
  expect(refused).toMatchObject({ code: 2 })
  expect(refused.json()).toMatchObject({ error: { code: 'server-busy' } })
  expect(lives(pid)).toBe(true)

  const ended = await workspace.run(['doctor', '--stop-server', '--force'], { env })
  expect(ended).toMatchObject({ code: 0 })
  expect(ended.stdout).toContain(`Stopped the opencode server (process ${pid}); 1 session aborted.`)
  expect(lives(pid)).toBe(false)
  expect(model.requests.at(-1)).toMatchObject({ closed: true })
})
