// The main job of `work` from beginning to end, in a temp folder, with a scripted agent: npm run demo
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'work-demo-'))
const stream = '001-greeting-service'

tell('A repository with a plan of two stages, three batches and eight threads:')
git('init', '--quiet', '--initial-branch', 'main')
git('config', 'user.name', 'Demo')
git('config', 'user.email', 'demo@localhost')
work(0, 'init', '--agent', 'command')
work(0, 'create', 'greeting-service')
copy('PLAN.md', `work/${stream}/PLAN.md`)
copy('agents.yaml', 'work/agents.yaml')
copy('agent.mjs', 'agent.mjs')
copy('greeting.mjs', 'greeting.mjs')
git('add', '--all')
git('commit', '--quiet', '--message', 'Start')
work(0, 'validate', 'plan')
work(0, 'approve', 'plan')
work(0, 'approve', 'tasks')
work(0, 'assign', '--thread', '02.01.02', '--agent', 'reviewer')

tell(
  'The first run. Each thread works in a clone of its own. Two of them change the same line, so the second one is not merged:',
)
work(1, 'multi', '--continue')

tell('What is known of it:')
work(0, 'status')

tell('The agent of the second one continues its session, is shown the conflict, and merges both:')
work(0, 'fix', '--thread', '01.01.02', '--resume', '--yes')

tell('The rest of the stage. One thread meets a port that is taken:')
work(1, 'continue', '--skip')
work(0, 'status', '--sessions')

tell('The user retries it, with a note about what went wrong:')
work(0, 'fix', '--thread', '01.02.02', '--retry', '--note', 'Port 8080 is taken: use 0.', '--yes')

tell('The user looks at the stage and approves it, and the rest runs:')
work(0, 'review', '1')
work(0, 'approve', 'stage', '1')
work(0, 'continue')

tell('Everything is completed and merged into a branch of its own. The branch of the user has not moved:')
work(0, 'status')
git('log', '--oneline', 'main')

tell('The user takes it over:')
work(0, 'land')
git('log', '--oneline', '--graph', '--first-parent', 'main')
git('show', 'main:greeting.mjs')
work(0, 'clean')
process.stdout.write(`\nLook around: cd ${folder} && cat work/${stream}/tasks.json\n`)

function tell(text) {
  process.stdout.write(`\n── ${text}\n`)
}

/** Runs a git command as a user would type it. */
function git(...args) {
  process.stdout.write(`\n$ git ${args.map(quote).join(' ')}\n`)
  execFileSync('git', args, { cwd: folder, stdio: 'inherit', env: environment() })
}

function copy(from, to) {
  copyFileSync(fileURLToPath(new URL(from, import.meta.url)), join(folder, to))
}

/** Runs one command as a user would type it, and stops the demo when it does not end as it should. */
function work(expected, ...args) {
  process.stdout.write(`\n$ work ${args.map(quote).join(' ')}\n`)
  const { status } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    stdio: 'inherit',
    env: environment(),
  })
  if (status === expected) return
  process.stderr.write(
    `The demo stopped: work ${args.join(' ')} ended with ${status}, not ${expected}. See ${folder}\n`,
  )
  process.exit(1)
}

function quote(arg) {
  return arg.includes(' ') ? `"${arg}"` : arg
}

/** Without the variables of a session of `work` around the demo. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^WORK(STREAM)?_/.test(name)))
}
