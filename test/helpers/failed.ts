import type { TestWorkspace } from './cli.ts'
import { linesOf, makeApproved, remake } from './scene.ts'
import { planText } from '../builders/plan.ts'

/**
 * An agent that leaves a line in `trace` and its prompt in a file. When there is a file `hold` it waits for a file `go`. All but
 * 01.01.01 fail until there is a file `mended`; the first time after the first of their tasks.
 */
const agent = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
const { WORK_THREAD, WORK_ATTEMPT, WORK_AGENT, WORK_MODEL, WORK_RESUME } = process.env
writeFileSync('prompt-' + WORK_THREAD + '-' + WORK_ATTEMPT, readFileSync(0, 'utf8'))
const how = WORK_RESUME === '1' ? 'resumed' : 'fresh'
appendFileSync('trace', [WORK_THREAD, '#' + WORK_ATTEMPT, WORK_AGENT, WORK_MODEL, how].join(' ') + '\\n')
console.log('asking for the port')
const timer = setInterval(() => {
  if (existsSync('hold') && !existsSync('go')) return
  clearInterval(timer)
  if (WORK_THREAD === '01.01.01' || existsSync('mended')) return
  if (WORK_ATTEMPT === '1' && WORK_THREAD.startsWith('01.01')) {
    execFileSync('work', ['update', '--task', WORK_THREAD + '.01', '--status', 'completed', '--report', 'Set up.'])
  }
  console.log('Error: port 3000 is taken')
  process.exitCode = 3
}, 20)`

const command = [process.execPath, '--input-type=module', '--eval', agent]

/** Two agents that do the same; only `default` can resume a session, and has two models. */
const agents = JSON.stringify({
  agents: [
    {
      name: 'default',
      runner: 'command',
      command,
      resume_command: command,
      models: ['local/one', 'local/two'],
    },
    { name: 'reviewer', description: 'Looks twice.', runner: 'command', command },
  ],
})

const plan = planText([
  [[['Set up'], ['Sign in', 'Test signing in'], ['Sign out', 'Test signing out']], [['Pay']]],
  [[['Ship']]],
])

/** A workstream whose first batch ran: 01.01.01 is completed, 01.01.02 and 01.01.03 failed with one task left. */
export function makeFailed(): Promise<TestWorkspace> {
  return remake('failed', async () => {
    const workspace = await makeApproved(plan, agents)
    await workspace.work('multi', '--continue')
    return workspace
  })
}

/** The same before anything ran. */
export function makeUnrun(): Promise<TestWorkspace> {
  return makeApproved(plan, agents)
}

/** What each session left behind when it began, as `01.01.02 #2 default local/one resumed`. */
export function traceOf(workspace: TestWorkspace): string[] {
  return linesOf(workspace, 'trace')
}

/** What a command may not change that is refused or called off, byte by byte. */
export function factsOf(workspace: TestWorkspace): Record<string, string | string[]> {
  const files = ['tasks.json', 'PLAN.md'].map((name) => [name, workspace.read(`work/001-demo/${name}`)])
  return { ...Object.fromEntries(files), index: workspace.read('work/index.json'), trace: traceOf(workspace) }
}
