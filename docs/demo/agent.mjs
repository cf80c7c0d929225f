// An agent without a model: it reads its prompt, reports its tasks one by one as a real agent would, changes a few
// files, and fails where the demo wants to show a failure.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as work } from 'node:timers/promises'

const { WORK_THREAD, WORK_ATTEMPT, WORK_SESSION } = process.env
const prompt = readFileSync(0, 'utf8')
const tasks = [...prompt.matchAll(/^- \[ \] (\d\d\.\d\d\.\d\d\.\d\d) (.+)$/gm)].map(([, id, name]) => ({
  id,
  name,
}))

/** Two threads change the same line of the same file, so that git can't merge the second one. */
const greeting = 'greeting.mjs'
const fromFile = 'export const hello = (name) => `${greetings.en}, ${name}!`'
const inLanguage = "export const hello = (name, language = 'en') => `Hello, ${name}!`"
const both = "export const hello = (name, language = 'en') => `${greetings[language]}, ${name}!`"

console.log(`Session ${WORK_SESSION}: ${tasks.length} task(s) to do.`)
const conflicting = /`git merge ([0-9a-f]{40})`/.exec(prompt)?.[1]
if (conflicting !== undefined) mergeBoth(conflicting)
for (const { id, name } of tasks) {
  report(id, 'in_progress')
  console.log(`Thinking about it: ${name}`)
  await work(150)
  if (WORK_THREAD === '01.02.02' && WORK_ATTEMPT === '1') {
    console.error('listen EADDRINUSE: address already in use 127.0.0.1:8080')
    process.exit(1)
  }
  change(name)
  console.log(`Done: ${name}`)
  report(id, 'completed', `Played: ${name}.`)
}

/** What the agent leaves in its working folder. It need not commit: that is done for it. */
function change(name) {
  if (WORK_THREAD === '01.01.01') rewrite(fromFile)
  if (WORK_THREAD === '01.01.02') rewrite(inLanguage)
  mkdirSync('parts', { recursive: true })
  appendFileSync(`parts/${WORK_THREAD}.md`, `- ${name}\n`)
}

function rewrite(line) {
  const lines = readFileSync(greeting, 'utf8').trimEnd().split('\n')
  writeFileSync(greeting, `${[...lines.slice(0, -1), line].join('\n')}\n`)
}

/** The prompt names the commit that its work conflicts with: a real agent would read both sides, and so does this one. */
function mergeBoth(commit) {
  spawnSync('git', ['merge', '--no-edit', commit], { stdio: 'inherit' })
  const [first] = readFileSync(greeting, 'utf8').split('\n')
  writeFileSync(greeting, `${first}\n\n${both}\n`)
  execFileSync('git', ['commit', '--all', '--no-edit', '--quiet'])
  console.log('Merged both: greetings from the file, in the language of the visitor.')
}

function report(id, status, words) {
  const more = words === undefined ? [] : ['--report', words]
  execFileSync('work', ['update', '--task', id, '--status', status, ...more])
}
