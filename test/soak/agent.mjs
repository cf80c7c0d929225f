// An agent of the soak: does the tasks that its prompt lists, and writes into a ledger what it did:
// `agent.mjs <ledger>`. Its thread decides how long each takes, and whether the first attempt ends with code 3.
import { spawnSync } from 'node:child_process'
import { appendFileSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const [ledger] = process.argv.slice(2)
const { WORK_THREAD: thread, WORK_TOKEN: token, WORK_ATTEMPT: attempt, SOAK_ID: soak } = process.env
const number = Number(thread.slice(-2))
const write = (entry) => appendFileSync(ledger, `${JSON.stringify({ thread, ...entry })}\n`)

write({ what: 'start', token, beside: others() })
const prompt = readFileSync(0, 'utf8')
const tasks = [...prompt.matchAll(/^- \[ \] (\d\d\.\d\d\.\d\d\.\d\d)/gm)].map(([, id]) => id)
const code = number % 3 === 0 && attempt === '1' ? 3 : 0
for (const task of code === 0 ? tasks : tasks.slice(1)) {
  await delay(60 + ((number * 97) % 250))
  process.stdout.write(`Doing ${task}.\n`)
  report(task)
}
write({ what: 'end', token, code })
process.exitCode = code

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
