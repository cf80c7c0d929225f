// What the commands that are called most cost, as a ratio to `node -e 0` in the same run: npm run bench
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const rounds = 15
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'work-bench-'))

try {
  makeWorkspace(1000)
  makePlan(2000)
  makePlan(10_000)
  execFileSync(process.execPath, [main, 'current', '--set', '001'], { cwd: folder })
  const commands = {
    'node -e 0': ['-e', '0'],
    'work --version': [main, '--version'],
    'work status, 1,000 tasks': [main, 'status'],
    'work list, 1,000 tasks': [main, 'list'],
    'work update, 1,000 tasks': [
      main,
      'update',
      '--task',
      '05.05.04.05',
      '--status',
      'in_progress',
      '--report',
      '@',
    ],
    'work validate, 2,000 lines': [main, 'validate', '--stream', '002-plan-of-2000-lines'],
    'work validate, 10,000 lines': [main, 'validate', '--stream', '003-plan-of-10000-lines'],
  }
  const costs = measure(commands)
  const floor = costs['node -e 0']
  for (const [name, cpu] of Object.entries(costs)) {
    process.stdout.write(
      `${name.padEnd(28)}${cpu.toFixed(0).padStart(6)} ms CPU${(cpu / floor).toFixed(2).padStart(8)} ×\n`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** Runs the commands in turn, so that a noisy machine is noisy to all. Gives milliseconds of CPU: medians. */
function measure(commands) {
  const samples = Object.fromEntries(Object.keys(commands).map((name) => [name, []]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, args] of Object.entries(commands)) {
      const given = args.map((arg) => (arg === '@' ? `report ${round}` : arg))
      const before = childCpu()
      const { status, stderr } = spawnSync(process.execPath, given, { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`)
      // The first round warms up the file cache.
      if (round > 0) samples[name].push(childCpu() - before)
    }
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]))
}

/** Milliseconds of CPU that ended children of this process have used so far; Linux counts in steps of 10 ms. */
function childCpu() {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')
  return (Number(fields[13]) + Number(fields[14])) * 10
}

function median(values) {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]
}

/** A workstream of `count` tasks, five to a thread. */
function makeWorkspace(count) {
  const at = '2026-01-05T10:00:00.000Z'
  const tasks = Array.from({ length: count }, (_, index) => {
    const numbers = [index / 100, (index / 20) % 5, (index / 5) % 4, index % 5].map(
      (number) => Math.floor(number) + 1,
    )
    const [stage, batch, thread] = numbers
    return {
      id: numbers.map((number) => String(number).padStart(2, '0')).join('.'),
      name: `Task ${index} of the benchmark, with a name of usual length`,
      stage_name: `Stage ${stage}`,
      batch_name: `Batch ${batch}`,
      thread_name: `Thread ${thread}`,
      status: index % 3 === 0 ? 'completed' : 'pending',
      created_at: at,
      updated_at: at,
    }
  })
  execFileSync('git', ['init', '--quiet'], { cwd: folder })
  execFileSync(process.execPath, [main, 'init'], { cwd: folder })
  execFileSync(process.execPath, [main, 'create', 'bench'], { cwd: folder })
  const stream = join(folder, 'work', '001-bench')
  mkdirSync(stream, { recursive: true })
  const file = { version: '2.0.0', stream_id: '001-bench', last_updated: at, tasks, threads: {} }
  writeFileSync(join(stream, 'tasks.json'), JSON.stringify(file, null, 2))
}

/** A workstream whose plan has some `lines`: ten to a thread, fifty threads to a batch. */
function makePlan(lines) {
  const name = `plan-of-${lines}-lines`
  const { id } = JSON.parse(
    execFileSync(process.execPath, [main, 'create', name, '--json'], { cwd: folder, encoding: 'utf8' }),
  )
  const threads = Array.from({ length: lines / 10 }, (_, index) => {
    const number = (index % 50) + 1
    const batch = `##### Batch ${Math.floor(index / 50) + 1}: Batch\n\n`
    const thread = `###### Thread ${number}: Thread\n\n**Summary:**\nDo what it takes, with _care_ and \`code\`.\n\n`
    return `${number === 1 ? batch : ''}${thread}**Details:**\n\n- [ ] One step\n- [ ] Another\n`
  })
  const stage = '### Stage 1: Stage\n\n#### Definition\n\nAll of it.\n\n#### Batches\n\n'
  const plan = `# Plan: Bench\n\n## Summary\n\nLong.\n\n## Stages\n\n${stage}${threads.join('\n')}`
  writeFileSync(join(folder, 'work', id, 'PLAN.md'), plan)
}
