import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, nodeAgent, sessionsOf } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const Manifest = z.object({
  bin: z.object({ work: z.string() }),
  dependencies: z.optional(z.record(z.string(), z.string())),
  version: z.string(),
})
const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })])

/** Where the package is installed with nothing but what it depends on. */
let consumer: string
/** What is in the package. */
let files: string[]

beforeAll(() => {
  execFileSync(process.execPath, ['.config/types.mjs'], { cwd: root })
  consumer = mkdtempSync(join(tmpdir(), 'work-package-'))
  const env = { ...process.env, npm_config_cache: join(consumer, 'npm') }
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', consumer]
  const [packed] = Packed.parse(JSON.parse(execFileSync('npm', args, { cwd: root, env, encoding: 'utf8' })))
  files = packed.files.map(({ path }) => path)
  const folder = join(consumer, 'node_modules', 'workstreams')
  mkdirSync(folder, { recursive: true })
  execFileSync('tar', ['-xzf', join(consumer, packed.filename), '-C', folder, '--strip-components=1'])
  linkDependencies(folder)
})

afterAll(() => rmSync(consumer, { recursive: true }))

/** Makes the packages that a package depends on, and those that they depend on, reachable in the consumer. */
function linkDependencies(folder: string): void {
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    const link = join(consumer, 'node_modules', name)
    const target = join(root, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(target, link)
  }
}

function manifestOf(folder: string) {
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  return Manifest.parse({ bin: { work: '' }, ...z.record(z.string(), z.unknown()).parse(JSON.parse(text)) })
}

/** The code block of docs/library.md that imports from this entry of the package. */
function exampleOf(specifier: string): string {
  const text = readFileSync(join(root, 'docs/library.md'), 'utf8')
  const blocks = [...text.matchAll(/^```[jt]s\n(.*?)^```$/gms)].map(([, code]) => code ?? '')
  const found = blocks.find((code) => code.includes(`from '${specifier}'`))
  if (found === undefined) throw new Error(`docs/library.md has no example of ${specifier}.`)
  return found
}

describe('the package', () => {
  test('holds the program, types, docs, and nothing else', () => {
    const kinds = [
      /^dist\/[\w-]+\.js(\.map)?$/,
      /^dist\/types\/(src|src\/text|machines)\/[\w-]+\.d\.ts$/,
      /^docs\/[\w-]+\.md$/,
      /^docs\/demo\/(PLAN\.md|agents\.yaml|(agent|greeting|run)\.mjs)$/,
      /^docs\/img\/[\w-]+\.(svg|png)$/,
      /^docs\/schema\/(tasks|index|agents)\.schema\.json$/,
      /^docs\/templates\/[\w-]+\.md$/,
      /^docs\/skills\/[\w-]+\/SKILL\.md$/,
      /^(README\.md|LICENSE|package\.json)$/,
    ]
    expect(files.filter((path) => !kinds.some((kind) => kind.test(path)))).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/keeper.js',
        'dist/index.js',
        'dist/machines.js',
        'dist/main.js',
        'dist/recorder.js',
        'dist/types/machines/index.d.ts',
        'dist/types/src/index.d.ts',
        'docs/library.md',
        'docs/schema/tasks.schema.json',
        'package.json',
      ]),
    )
  })

  test('has only the types that its exports need', () => {
    const types = files.filter((path) => path.startsWith('dist/types/src/'))
    expect(types).toEqual([
      'dist/types/src/errors.d.ts',
      'dist/types/src/index.d.ts',
      'dist/types/src/text/hint.d.ts',
    ])
  })

  test('runs where nothing but it and its dependencies are installed', async () => {
    const folder = join(consumer, 'node_modules', 'workstreams')
    const { bin, version } = manifestOf(folder)
    const workspace = makeRepository()
    const env = { PATH: process.env['PATH'] ?? '', HOME: workspace.home }
    const work = (...args: string[]) =>
      execFileSync(process.execPath, [join(folder, bin.work), ...args], {
        cwd: workspace.root,
        env,
        encoding: 'utf8',
      })
    expect(work('--version')).toBe(`${version}\n`)
    work('init', '--skills')
    expect(workspace.read('.opencode/skills/planning-workstreams/SKILL.md')).toContain('# Planning')
    work('create', 'demo')
    workspace.write('work/001-demo/PLAN.md', batchOf(2))
    workspace.write('work/agents.yaml', nodeAgent(''))
    work('approve', 'plan')
    work('approve', 'tasks')
    work('multi', '--continue')
    expect(JSON.parse(work('status', '--json'))).toMatchObject({
      streams: [{ id: '001-demo', percent: 100 }],
    })
  })
})

/** Runs a program that imports the package, in a repository. */
function runProgram(code: string, workspace: TestWorkspace) {
  writeFileSync(join(consumer, 'program.mjs'), code)
  return spawnSync(process.execPath, [join(consumer, 'program.mjs')], {
    cwd: workspace.root,
    env: { PATH: process.env['PATH'] ?? '', HOME: workspace.home },
    encoding: 'utf8',
  })
}

describe('the library', () => {
  test('ends the sessions of a run whose signal aborts', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent('setInterval(() => undefined, 1000)'))
    const { stdout, stderr } = runProgram(
      `import { openWorkstream } from 'workstreams'
      const controller = new AbortController()
      const result = await openWorkstream({ root: '.', stream: 'demo' }).runNext({
        signal: controller.signal,
        onChange: ({ session }) => session?.process && controller.abort(),
      })
      console.log(JSON.stringify(result))`,
      workspace,
    )
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      stream: '001-demo',
      status: 'interrupted',
      threads: [{ id: '01.01.01', status: 'interrupted', reason: 'user', attempt: 1 }],
    })
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([{ status: 'interrupted' }])
  })

  test('ends a run in peace when who watches it fails, and throws that then', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent(''))
    const { stdout } = runProgram(
      `import { openWorkstream } from 'workstreams'
      const workstream = openWorkstream({ root: '.' })
      const onChange = () => { throw new Error('out of paper') }
      await workstream.runBatch('1.1', { onChange }).catch((error) => console.log(error.message))
      const { percent, threads } = await workstream.status()
      console.log(percent, threads[0].sessions.length)`,
      workspace,
    )
    expect(stdout).toBe('out of paper\n100 1\n')
  })

  test('throws errors with a code and a hint, and writes nothing then', () => {
    const workspace = makeRepository()
    const { stdout } = runProgram(
      `import { openWorkstream, WorkError } from 'workstreams'
      try {
        openWorkstream({ root: '.' })
      } catch (error) {
        console.log(error instanceof WorkError, error.code, error.hint)
      }`,
      workspace,
    )
    expect(stdout).toBe('true not-initialized work init\n')
    expect(existsSync(workspace.paths.work)).toBe(false)
  })

  test('runs nothing that the user has not approved', async () => {
    const workspace = await makeApproved(batchOf(1), nodeAgent(''))
    workspace.write('work/001-demo/PLAN.md', `${batchOf(1)}\nMore.\n`)
    const { stdout } = runProgram(
      `import { openWorkstream } from 'workstreams'
      await openWorkstream({ root: '.' }).runBatch('01.01').catch((error) => console.log(error.code))`,
      workspace,
    )
    expect(stdout).toBe('plan-changed\n')
    expect(sessionsOf(workspace, '01.01.01')).toEqual([])
  })
})

describe('the example of docs/library.md', () => {
  test('for a workstream runs a batch', async () => {
    const workspace = await makeApproved(
      batchOf(2),
      nodeAgent('process.exit(process.env.WORK_THREAD.at(-1) - 1)'),
    )
    const { stdout, stderr } = runProgram(exampleOf('workstreams'), workspace)
    expect(stderr).toBe('')
    const lines = stdout.trim().split('\n')
    expect(lines[0]).toBe('001-demo: 2 threads, 0 % done')
    expect(lines).toEqual(expect.arrayContaining(['01.01.01 completed', '01.01.02 failed']))
    expect(lines.at(-1)).toBe('Batch 01.01: failed')
    expect(workspace.readTasks()).toMatchObject({ tasks: [{ status: 'completed' }, { status: 'pending' }] })
  })

  test('for the charts takes a thread to its end', () => {
    const { code } = transformSync(exampleOf('workstreams/machines'), { loader: 'ts' })
    writeFileSync(join(consumer, 'chart.mjs'), code)
    const output = execFileSync(process.execPath, [join(consumer, 'chart.mjs')], { encoding: 'utf8' })
    expect(output.trim().split('\n')).toEqual([
      'pending',
      "{ running: 'starting' }",
      "{ running: 'working' }",
      'completed',
    ])
  })

  test('type-checks as a program of somebody else', () => {
    writeFileSync(join(consumer, 'run.mts'), exampleOf('workstreams'))
    writeFileSync(join(consumer, 'chart.mts'), exampleOf('workstreams/machines'))
    writeFileSync(
      join(consumer, 'wrong.mts'),
      `import { openWorkstream } from 'workstreams'\nopenWorkstream({ root: 1 }).runBatch(1)\n`,
    )
    const check = (...names: string[]) => {
      const compilerOptions = {
        module: 'nodenext',
        target: 'es2023',
        strict: true,
        noEmit: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules', '@types')],
      }
      writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }))
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
      return spawnSync(process.execPath, [tsc, '-p', consumer], { encoding: 'utf8' }).stdout
    }
    expect(check('run.mts', 'chart.mts')).toBe('')
    expect(check('wrong.mts').match(/error TS2322|error TS2345/g)).toHaveLength(2)
  })
})
