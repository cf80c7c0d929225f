// What a thread costs on Claude Code, Codex and Gemini CLI, beside the program alone in the same run:
// npm run bench:agents. The programs are those of the tests: npm run test:agents fetches them.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuOf, endAll, ended, planOf, startMeter } from './meter.mjs'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const programs = fileURLToPath(new URL('../../node_modules/.cache/agents/node_modules/.bin', import.meta.url))
if (!existsSync(programs))
  throw new Error(`There is no ${programs}: npm run test:agents fetches the programs.`)
const folder = mkdtempSync(join(tmpdir(), 'work-bench-agents-'))
const requests = []
const text = 'All done.'
const answers = [
  {
    path: /^\/v1\/messages/,
    events: [
      {
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'opus',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 2 },
      },
      { type: 'message_stop' },
    ],
  },
  {
    path: /^\/v1\/responses/,
    events: [
      { type: 'response.created', response: { id: 'r', object: 'response', status: 'in_progress' } },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: {
          type: 'message',
          id: 'm',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text, annotations: [] }],
        },
      },
      {
        type: 'response.completed',
        response: {
          id: 'r',
          status: 'completed',
          usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
        },
      },
    ],
  },
  {
    path: /:streamGenerateContent/,
    events: [
      {
        candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
      },
    ],
  },
]
const model = await startModel()

/** The command line of each program alone, as `work` starts it. */
const alone = {
  claude: ['claude', '-p', '--output-format', 'stream-json', '--verbose', '--model', 'opus'],
  codex: ['codex', 'exec', '--json', '-m', 'm1', '-'],
  gemini: ['gemini', '--output-format', 'stream-json', '-m', 'gemini-2.5-pro'],
}

try {
  for (const [runner, command] of Object.entries(alone)) {
    for (const count of [1, 5]) {
      const plain = await measure(`${runner}-${count}-alone`, count, (scene) =>
        Array.from({ length: count }, () => spawnIn(scene, command[0], command.slice(1))),
      )
      const threads = await measure(
        `${runner}-${count}`,
        count,
        (scene) => [spawnIn(scene, process.execPath, [main, 'run', '--yes', '--parallel', String(count)])],
        (scene) => makeStream(scene, runner, command, count),
      )
      print(`${runner}, ${count} alone`, plain, plain)
      print(`${runner}, ${count} in work`, threads, plain)
    }
  }
} finally {
  model.close()
  model.closeAllConnections()
  await endAll(folder)
  rmSync(folder, { recursive: true, force: true })
}

/** Prepares a repository, runs what `start` spawns in it to the end, and ends all that is left. */
async function measure(name, count, start, prepare = () => undefined) {
  const scene = makeScene(name)
  prepare(scene)
  const before = cpuOf(scene.home)
  const since = requests.length
  const meter = startMeter(scene.home)
  const begun = performance.now()
  const codes = await Promise.all(start(scene).map(ended))
  const wall = performance.now() - begun
  const { peak } = meter.stop()
  const cpu = cpuOf(scene.home) - before
  const times = requests.slice(since)
  if (codes.some((code) => code !== 0) || times.length < count) {
    throw new Error(`${name}: exit codes ${codes.join(' ')}, ${times.length} requests`)
  }
  await endAll(scene.home)
  return { cpu: cpu / count, peak, first: (times[0] - begun) / 1000, wall: wall / 1000 }
}

function print(name, one, other) {
  const ratio = (field) => `${(one[field] / other[field]).toFixed(1)} ×`.padStart(8)
  const cells = [
    `${one.cpu.toFixed(2).padStart(6)} s CPU a thread${ratio('cpu')}`,
    `${(one.peak / 1e6).toFixed(0).padStart(6)} MB${ratio('peak')}`,
    `first request ${one.first.toFixed(1).padStart(5)} s${ratio('first')}`,
    `end ${one.wall.toFixed(1).padStart(5)} s${ratio('wall')}`,
  ]
  process.stdout.write(`${name.padEnd(20)}${cells.join('   ')}\n`)
}

function spawnIn({ root, env }, file, args) {
  const child = spawn(file, args, { cwd: root, env, stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end('Do it.')
  return child
}

/** A repository, and programs that know nothing but the model of this benchmark. */
function makeScene(name) {
  const [root, home] = ['repo', 'home'].map((part) => join(folder, name, part))
  const codex = join(home, 'codex')
  for (const path of [root, join(home, '.gemini'), codex, join(home, 'tmp')])
    mkdirSync(path, { recursive: true })
  writeFileSync(
    join(codex, 'config.toml'),
    `model_provider = "bench"\n[model_providers.bench]\nname = "bench"\nbase_url = "${model.url}/v1"\nwire_api = "responses"\nenv_key = "BENCH_KEY"\n[features]\nplugins = false\napps = false\n`,
  )
  writeFileSync(
    join(home, '.gemini', 'settings.json'),
    JSON.stringify({
      security: { auth: { selectedType: 'gemini-api-key' } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
      telemetry: { enabled: false },
    }),
  )
  const env = {
    PATH: [programs, process.env.PATH].join(delimiter),
    HOME: home,
    PWD: root,
    LANG: 'C.UTF-8',
    TMPDIR: join(home, 'tmp'),
    CLAUDE_CONFIG_DIR: join(home, 'claude'),
    ANTHROPIC_BASE_URL: model.url,
    ANTHROPIC_API_KEY: 'none',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    CODEX_HOME: codex,
    BENCH_KEY: 'none',
    GOOGLE_GEMINI_BASE_URL: model.url,
    GEMINI_API_KEY: 'none',
    GEMINI_CLI_NO_RELAUNCH: 'true',
    GEMINI_CLI_TRUST_WORKSPACE: 'true',
  }
  execFileSync('git', ['init', '--quiet'], { cwd: root, env })
  return { root, home, env }
}

/** A workstream, approved, whose threads are completed when their agents end well. */
function makeStream({ root, env }, runner, command, count) {
  const run = (...args) => execFileSync(process.execPath, [main, ...args], { cwd: root, env, stdio: 'pipe' })
  run('init')
  const agent = { name: 'default', runner, models: [modelIn(command)], done_when: 'exit' }
  writeFileSync(join(root, 'work', 'agents.yaml'), JSON.stringify({ agents: [agent] }))
  run('create', 'bench')
  writeFileSync(join(root, 'work', '001-bench', 'PLAN.md'), planOf([count]))
  run('approve', 'plan')
  run('approve', 'tasks')
}

function modelIn(command) {
  return command[command.findIndex((word) => word === '--model' || word === '-m') + 1]
}

/** A model that answers everything with two words, in the protocol that it is asked in, and notes when it was asked. */
async function startModel() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = answers.find(({ path }) => path.test(request.url))
      if (request.method !== 'POST' || answer === undefined) return response.writeHead(404).end('{}')
      requests.push(performance.now())
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(
        answer.events.map((event) => `${nameOf(event)}data: ${JSON.stringify(event)}\n\n`).join(''),
      )
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(server, { url: `http://127.0.0.1:${server.address().port}` })
}

function nameOf({ type }) {
  return type === undefined ? '' : `event: ${type}\n`
}
