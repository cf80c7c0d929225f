import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { batchOf } from '../builders/plan.ts'
import { makeApproved, sessionsOf } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { untilShown } from '../helpers/dialog.ts'

/** Stands for Claude Code: without a terminal it does its task and keeps the session; otherwise it shows its arguments. */
const claude = `#!/usr/bin/env node
const { execFileSync } = require('node:child_process')
const { mkdirSync, writeFileSync } = require('node:fs')
const args = process.argv.slice(2)
if (!args.includes('-p')) {
  console.log('SCREEN OF ' + args.join(' '))
  process.exit()
}
const folder = process.env.CLAUDE_CONFIG_DIR + '/projects/here'
mkdirSync(folder, { recursive: true })
writeFileSync(folder + '/' + args[args.indexOf('--session-id') + 1] + '.jsonl', '{}')
execFileSync('work', ['update', '--task', process.env.WORK_THREAD + '.01', '--status', 'completed', '--report', 'Did it.'])
console.log(JSON.stringify({ type: 'result', subtype: 'success', is_error: false, result: 'Done.' }))
`

test('work session attach opens the screen of an agent CLI on its session, with the arguments of the agent', async () => {
  const agents = { agents: [{ name: 'default', runner: 'claude', args: ['--add-dir', '../more'] }] }
  const workspace = await makeApproved(batchOf(1), JSON.stringify(agents))
  workspace.write('bin/claude', claude)
  chmodSync(join(workspace.root, 'bin', 'claude'), 0o755)
  const path = `${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}`
  const config = join(workspace.root, 'config')
  const env = { PATH: path, CLAUDE_CONFIG_DIR: config }
  expect((await workspace.run(['run'], { env })).code).toBe(0)

  const terminal = openTerminal(workspace, { rows: 60, columns: 200 })
  terminal.type(`export PATH='${path}' CLAUDE_CONFIG_DIR='${config}'; clear`)
  terminal.press('Enter')
  terminal.work('session attach 01.01.01')
  await untilShown(terminal, '\nexit code 0')
  const { sessionId } = sessionsOf(workspace, '01.01.01')[0] ?? {}
  expect(terminal.screen()).toContain(`SCREEN OF --add-dir ../more --resume ${sessionId}`)
})
