import { build } from 'esbuild'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { program, runner } from '../fixtures/runners/relay/index.ts'
import { useBundles } from '../helpers/bundle.ts'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { batchOf } from '../builders/plan.ts'
import { fixture } from '../helpers/processes.ts'
import { describeRunner } from './conformance.ts'
import { recordedUnderTest } from './recorded.ts'

/** Without the programs of this repository, which npm adds: opencode is none of those that are checked. */
const pathWithoutPackages = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter)

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundled = useBundles('src/runners/recorded/recorder.ts')

describeRunner('relay, which is one folder', () =>
  Promise.resolve(
    recordedUnderTest(runner, program, bundled('recorder'), (words) => ({
      name: 'tester',
      options: { relay_to: words.join(' ') },
    })),
  ),
)

describe('a work whose registry has one more line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'work-third-'))
  const main = join(folder, 'main.js')

  beforeAll(async () => {
    // Without programs: work finds opencode beside itself.
    mkdirSync(join(folder, 'node_modules'))
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name === '.bin') continue
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    }
    await buildWithRelay(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('runs threads on the new runner, records, shows and checks them, and refuses what is none', async () => {
    const workspace = makeRepository()
    const work = (...args: string[]) =>
      workspace.run(args, { program: main, env: { PATH: pathWithoutPackages } })
    await succeed(work('init'))
    await succeed(work('create', 'demo'))
    workspace.write('work/001-demo/PLAN.md', batchOf(1))
    setAgents(workspace, { runner: 'relay', relay_to: `${fixture('conform')} ends starts` })
    await succeed(work('approve', '--yes'))
    await succeed(work('run'))
    const { stdout } = await succeed(work('status', '--sessions', '--json'))
    expect(JSON.parse(stdout)).toMatchObject({
      streams: [
        {
          status: 'completed',
          threads: [
            {
              sessions: [
                { runner: 'relay', status: 'completed', sessionId: expect.stringMatching(/^relay-/) },
              ],
            },
          ],
        },
      ],
    })
    expect((await succeed(work('session', 'logs', '01.01.01'))).stdout).toContain('ready')
    expect((await work('doctor')).stdout).toContain('relay: always there')
    expect((await succeed(work('schema', 'agents'))).stdout).toContain('The script that the agent is.')
    setAgents(workspace, { runner: 'relay', command: ['x'] })
    expect((await work('agents')).stderr).toMatch(
      /agents\.yaml:\d+: agents\[0\] \(default\)\.relay_to: found nothing/,
    )
    setAgents(workspace, { runner: 'telegraph' })
    expect((await work('agents')).stderr).toMatch(/expected one of opencode, .*, command, relay\./)
  })
})

async function succeed(running: ReturnType<TestWorkspace['run']>) {
  const result = await running
  expect(result.stderr).toBe('')
  expect(result.code).toBe(0)
  return result
}

function setAgents(workspace: TestWorkspace, fields: Record<string, unknown>): void {
  workspace.write('work/agents.yaml', JSON.stringify({ agents: [{ name: 'default', ...fields }] }))
}

/** Builds the programs with a line for the new runner, as a developer would write it. */
async function buildWithRelay(outdir: string): Promise<void> {
  const registry = join(root, 'src/runners/registry.ts')
  const relay = join(root, 'test/fixtures/runners/relay/index.ts')
  const before = "  command: () => import('./command/index.ts'),\n"
  const line = `  relay: () => import('${relay}'),\n`
  const text = readFileSync(registry, 'utf8').replace(before, before + line)
  expect(text).toContain(line)
  const options = {
    absWorkingDir: root,
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['fs-native-extensions'],
    define: { WORK_VERSION: '"0.0.0"' },
    banner: {
      js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url),__filename=import.meta.filename;",
    },
    logLevel: 'error',
    plugins: [
      {
        name: 'registry',
        setup: (bundler) =>
          bundler.onLoad({ filter: /runners\/registry\.ts$/ }, () => ({
            contents: text,
            loader: 'ts',
            resolveDir: join(root, 'src/runners'),
          })),
      },
    ],
  } satisfies Parameters<typeof build>[0]
  await build({ ...options, entryPoints: { main: 'src/main.ts' }, splitting: true })
  await build({
    ...options,
    entryPoints: {
      recorder: 'src/runners/recorded/recorder.ts',
      keeper: 'src/runners/opencode/server/keeper.ts',
    },
  })
}
