// An agent without a model: it reads its prompt, reports its tasks one by one as a real agent would, and fails where
// the demo wants to show a failure.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as work } from 'node:timers/promises'

const { WORK_THREAD, WORK_ATTEMPT, WORK_SESSION } = process.env
const prompt = readFileSync(0, 'utf8')
const tasks = [...prompt.matchAll(/^- \[ \] (\d\d\.\d\d\.\d\d\.\d\d) (.+)$/gm)].map(([, id, name]) => ({
  id,
  name,
}))

console.log(`Session ${WORK_SESSION}: ${tasks.length} task(s) to do.`)
for (const { id, name } of tasks) {
  report(id, 'in_progress')
  console.log(`Thinking about it: ${name}`)
  await work(500)
  if (WORK_THREAD === '01.02.02' && WORK_ATTEMPT === '1') {
    console.error('listen EADDRINUSE: address already in use 127.0.0.1:8080')
    process.exit(1)
  }
  console.log(`Done: ${name}`)
  report(id, 'completed', `Played: ${name}.`)
}

function report(id, status, words) {
  const more = words === undefined ? [] : ['--report', words]
  execFileSync('work', ['update', '--task', id, '--status', status, ...more])
}
