// An agent of the soak: does the tasks that its prompt lists, and writes into a ledger what it did:
// `agent.mjs <ledger> [isolation]`. With `isolation` it also changes files in its clone, and merges what conflicts. Its thread decides how long each takes, and whether the first attempt ends with code 3.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const [ledger, isolation] = process.argv.slice(2)
const { WORK_THREAD: thread, WORK_TOKEN: token, WORK_ATTEMPT: attempt, SOAK_ID: soak } = process.env
const number = Number(thread.slice(-2))
const write = (entry) => appendFileSync(ledger, `${JSON.stringify({ thread, ...entry })}\n`)

write({ what: 'start', token, beside: others() })
const prompt = readFileSync(0, 'utf8')
const tasks = [...prompt.matchAll(/^- \[ \] (\d\d\.\d\d\.\d\d\.\d\d)/gm)].map(([, id]) => id)
if (isolation === 'isolation') changeFiles()
const code = number % 3 === 0 && attempt === '1' ? 3 : 0
for (const task of code === 0 ? tasks : tasks.slice(1)) {
  await delay(60 + ((number * 97) % 250))
  process.stdout.write(`Doing ${task}.\n`)
  report(task)
}
write({ what: 'end', token, code })
process.exitCode = code

/**
 * Writes a file of its own, and its part of a file that all threads change. Two threads change the same line of a third
 * file: the one that is merged second resolves that in a later attempt. A repetition changes nothing more.
 */
function changeFiles() {
  if (existsSync('.git/MERGE_HEAD')) resolve()
  writeFileSync(`own-${thread}.txt`, `${thread}\n`)
  const shared = readFileSync('shared.txt', 'utf8')
  if (!shared.includes(`done ${thread}\n`))
    writeFileSync('shared.txt', shared.replace(`part ${thread}\n`, `part ${thread}\ndone ${thread}\n`))
  if (['01.01.01', '01.01.02'].includes(thread)) {
    const line = readFileSync('same.txt', 'utf8')
    if (line === 'nobody\n') writeFileSync('same.txt', `${thread}\n`)
  }
  if (number % 2 === 0 || attempt !== '1') {
    git('add', '-A', '.', ':!work')
    if (git('diff', '--cached', '--name-only') !== '') git('commit', '-q', '-m', `Do ${thread}`)
  }
  if (attempt === '1') return
  const merge = spawnSync('git', ['merge', '-q', '--no-edit', 'refs/work/tip'], { stdio: 'ignore' })
  if (merge.status !== 0 && existsSync('.git/MERGE_HEAD')) resolve()
}

function git(...args) {
  return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' })
}

/** Keeps what both sides wrote. */
function resolve() {
  writeFileSync('same.txt', '01.01.01\n01.01.02\n')
  git('add', 'same.txt')
  git('commit', '-q', '--no-edit')
}

/** Reports a task as completed, again until that was acknowledged: a report may be killed. */
function report(task) {
  for (let count = 1; ; count += 1) {
    const words = `${token} ${count}`
    write({ what: 'try', task, report: words })
    const args = [
      'update',
      '--stream',
      '001-soak',
      '--task',
      task,
      '--status',
      'completed',
      '--report',
      words,
    ]
    const { status } = spawnSync('work', args, { stdio: 'ignore' })
    if (status === 0) return write({ what: 'ack', task, report: words })
  }
}

/** The tokens of other agents that run on this thread. */
function others() {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) return []
    try {
      const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
      const isAgent = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(process.argv[1])
      if (!isAgent || !env.includes(`SOAK_ID=${soak}`) || !env.includes(`WORK_THREAD=${thread}`)) return []
      // A recorder names the agent in its order, not as an argument of its own.
      return env.flatMap((entry) => (entry.startsWith('WORK_TOKEN=') ? [entry.slice(11)] : []))
    } catch {
      // It has ended, or is another user's.
      return []
    }
  })
}
