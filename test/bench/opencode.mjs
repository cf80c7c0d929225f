// What ten threads cost on one server, and as ten plain `opencode run`, in the same run: npm run bench:opencode
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  for (const pid of allProcesses()) kill(pid)
  await until(() => allProcesses().length === 0)
  rmSync(folder, { recursive: true, force: true })
}

/** Prepares a repository, runs what `start` spawns in it to the end, and ends all that is left. */
async function measure(name, start, prepare = async () => undefined) {
  const scene = makeScene(name)
  makeStream(scene)
  await prepare(scene)
  const before = cpuOf(scene)
  const since = requests.length
  const meter = startMeter(scene)
  const begun = performance.now()
  const codes = await Promise.all(start(scene).map(ended))
  const wall = performance.now() - begun
  const { peak, processes } = meter.stop()
  const left = cpuOf(scene)
  const times = requests.slice(since)
  if (codes.some((code) => code !== 0) || times.length < count) {
    throw new Error(`${name}: exit codes ${codes.join(' ')}, ${times.length} requests`)
  }
  for (const pid of processesOf(scene)) kill(pid)
  await until(() => processesOf(scene).length === 0)
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

/** Samples what the processes of a scene use together. */
function startMeter(scene) {
  let [peak, processes] = [0, 0]
  const timer = setInterval(() => {
    const pids = processesOf(scene)
    peak = Math.max(
      peak,
      pids.reduce((total, pid) => total + memoryOf(pid), 0),
    )
    processes = Math.max(processes, pids.length)
  }, 200)
  return {
    stop: () => {
      clearInterval(timer)
      return { peak, processes }
    },
  }
}

/** Seconds of CPU of all that runs in a scene, and of what has ended there: that is reaped by this process or by them. */
function cpuOf(scene) {
  const live = processesOf(scene).reduce((total, pid) => total + ticksOf(pid, 13, 17), 0)
  return (live + ticksOf('self', 15, 17)) / 100
}

/** Fields of `/proc/<pid>/stat` from `start` up to `end`, counted from 0, added up: 13 and 14 are its own time, 15 and 16 of its dead children. */
function ticksOf(pid, start, end) {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
  return fields.slice(start - 2, end - 2).reduce((total, field) => total + Number(field), 0)
}

/** Proportional where the system reports it: shared pages count once. */
function memoryOf(pid) {
  const rollup = read(`/proc/${pid}/smaps_rollup`)
  const found = /^Pss:\s+(\d+) kB/m.exec(rollup) ?? /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))
  return Number(found?.[1] ?? 0) * 1024
}

function processesOf({ home }) {
  return allProcesses(home)
}

/** The processes with this HOME, or with any below the folder of this benchmark. */
function allProcesses(home = folder) {
  const mark = `HOME=${home}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      read(`/proc/${pid}/environ`)
        .split('\0')
        .some((entry) => entry.startsWith(mark)),
    )
}

function kill(pid) {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', (code, signal) => resolve(code ?? signal))
  })
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
  const head =
    '# Plan: Bench\n\n## Summary\n\nMeasures.\n\n## Stages\n\n### Stage 01: S\n\n#### Definition\n\nAll.'
  const plan = `${head}\n\n#### Batches\n\n${batch(1, 1)}\n\n${batch(2, count)}\n`
  writeFileSync(join(root, 'work', '001-bench', 'PLAN.md'), plan)
  run('approve', 'plan')
  run('approve', 'tasks')
}

function batch(number, threads) {
  const texts = Array.from({ length: threads }, (_, index) => {
    const place = String(index + 1).padStart(2, '0')
    return `###### Thread ${place}: T${place}\n\n**Summary:**\nDo it.\n\n**Details:**\n- [ ] Step`
  })
  return [`##### Batch 0${number}: B${number}`, ...texts].join('\n\n')
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
