// What ten threads cost on one server, and as ten plain `opencode run`, in the same run: npm run bench:opencode
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuOf, ended, endAll, planOf, startMeter } from './meter.mjs'

const count = 10
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const program = fileURLToPath(new URL('../../node_modules/.bin/opencode', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'work-bench-opencode-'))
const requests = []
const model = await startModel()

try {
  const cold = await measure('cold', (scene) => [work(scene)])
  const warm = await measure(
    'warm',
    (scene) => [work(scene)],
    (scene) => ended(warmUp(scene)),
  )
  // Of several that make their database at the same time some die.
  const plain = await measure('plain', runAll, (scene) => ended(runPlain(scene, 'first')))
  print('work multi, no server yet', cold, plain)
  print('work multi, a warm server', warm, plain)
  print(`${count} × opencode run`, plain, plain)
} finally {
  model.close()
  model.closeAllConnections()
  await endAll(folder)
  rmSync(folder, { recursive: true, force: true })
}

/** Prepares a repository, runs what `start` spawns in it to the end, and ends all that is left. */
async function measure(name, start, prepare = async () => undefined) {
  const scene = makeScene(name)
  makeStream(scene)
  await prepare(scene)
  const before = cpuOf(scene.home)
  const since = requests.length
  const meter = startMeter(scene.home)
  const begun = performance.now()
  const codes = await Promise.all(start(scene).map(ended))
  const wall = performance.now() - begun
  const { peak, processes } = meter.stop()
  const left = cpuOf(scene.home)
  const times = requests.slice(since)
  if (codes.some((code) => code !== 0) || times.length < count) {
    throw new Error(`${name}: exit codes ${codes.join(' ')}, ${times.length} requests`)
  }
  await endAll(scene.home)
  return {
    cpu: left - before,
    peak,
    processes,
    first: (times[0] - begun) / 1000,
    last: (times[count - 1] - begun) / 1000,
    wall: wall / 1000,
  }
}

function print(name, one, other) {
  const ratio = (field) => `${(other[field] / one[field]).toFixed(1)} ×`.padStart(8)
  const cells = [
    `${one.cpu.toFixed(1).padStart(6)} s CPU${ratio('cpu')}`,
    `${(one.peak / 1e6).toFixed(0).padStart(6)} MB${ratio('peak')}`,
    `first request ${one.first.toFixed(1).padStart(5)} s${ratio('first')}`,
    `tenth ${one.last.toFixed(1).padStart(5)} s${ratio('last')}`,
    `end ${one.wall.toFixed(1).padStart(5)} s`,
  ]
  process.stdout.write(`${name.padEnd(28)}${cells.join('   ')}\n`)
}

function work(scene) {
  return spawnIn(scene, process.execPath, [
    main,
    'multi',
    '--batch',
    '01.02',
    '--force',
    '--parallel',
    String(count),
  ])
}

/** Has the server started, by the one thread of the first batch. */
function warmUp(scene) {
  return spawnIn(scene, process.execPath, [main, 'multi', '--batch', '01.01'])
}

function runAll(scene) {
  return Array.from({ length: count }, (_, index) => runPlain(scene, index))
}

function runPlain(scene, name) {
  return spawnIn(scene, program, ['run', '--title', `t${name}`, '--model', 'local/m1', `Thread ${name}`])
}

function spawnIn({ root, env }, file, args) {
  return spawn(file, args, { cwd: root, env, stdio: 'ignore' })
}

/** A repository, and an opencode that knows nothing but the model of this benchmark. */
function makeScene(name) {
  const [root, home, data] = ['repo', 'home', 'data'].map((part) => join(folder, name, part))
  for (const path of [root, home, join(data, 'tmp')]) mkdirSync(path, { recursive: true })
  const models = join(data, 'models.json')
  writeFileSync(models, '{}')
  const provider = {
    npm: '@ai-sdk/openai-compatible',
    options: { baseURL: model.url, apiKey: 'none' },
    models: { m1: {} },
  }
  const config = {
    autoupdate: false,
    share: 'disabled',
    snapshot: false,
    model: 'local/m1',
    provider: { local: provider },
  }
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    PWD: root,
    LANG: 'C.UTF-8',
    XDG_DATA_HOME: join(data, 'data'),
    XDG_CONFIG_HOME: join(data, 'config'),
    XDG_STATE_HOME: join(data, 'state'),
    XDG_CACHE_HOME: join(data, 'cache'),
    TMPDIR: join(data, 'tmp'),
    npm_config_offline: 'true',
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
    OPENCODE_MODELS_PATH: models,
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
  }
  execFileSync('git', ['init', '--quiet'], { cwd: root, env })
  return { root, home, env }
}

/** A workstream, approved: a batch of one thread and one of many, completed when their agents end well. */
function makeStream({ root, env }) {
  const run = (...args) => execFileSync(process.execPath, [main, ...args], { cwd: root, env })
  run('init')
  const agent = { name: 'default', models: ['local/m1'], done_when: 'exit' }
  writeFileSync(join(root, 'work', 'agents.yaml'), JSON.stringify({ agents: [agent] }))
  run('create', 'bench')
  writeFileSync(join(root, 'work', '001-bench', 'PLAN.md'), planOf([1, count]))
  run('approve', 'plan')
  run('approve', 'tasks')
}

/** A model that answers everything with two words, and notes when it was asked. */
async function startModel() {
  const server = createServer((request, response) => {
    requests.push(performance.now())
    request.resume().on('end', () => answer(response))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(server, { url: `http://127.0.0.1:${server.address().port}/v1` })
}

function answer(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk({ delta: { role: 'assistant', content: 'All done.' } }))
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  response.end(`${chunk({ delta: {}, finish_reason: 'stop' }, { usage })}data: [DONE]\n\n`)
}

function chunk(choice, rest = {}) {
  const head = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm1' }
  return `data: ${JSON.stringify({ ...head, choices: [{ index: 0, ...choice }], ...rest })}\n\n`
}
