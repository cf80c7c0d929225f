import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { TestWorkspace } from './cli.ts'

/**
 * Stands for an agent that writes the events of an agent CLI: the format is the word after `--as`, else its own name. It
 * keeps its prompt as `prompt-<attempt>`, reports, and ends; tasks stay open unless there is a file `good`.
 */
const program = `#!/usr/bin/env node
const { execFileSync } = require('node:child_process')
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { basename } = require('node:path')
const args = process.argv.slice(2)
const name = basename(process.argv[1])
const format = args.includes('--as') ? args[args.indexOf('--as') + 1] : name
const { WORK_ATTEMPT, WORK_THREAD } = process.env
writeFileSync('prompt-' + WORK_ATTEMPT, readFileSync(0))
const status = existsSync('good') ? 'completed' : 'in_progress'
execFileSync('work', ['update', '--task', WORK_THREAD + '.01', '--status', status, '--report', 'Report of ' + name + '.'])
const text = 'Answer of ' + name + '.'
const command = 'make ' + name
const usage = { input_tokens: 100 * WORK_ATTEMPT, output_tokens: 10 * WORK_ATTEMPT }
const events = {
  claude: [
    { type: 'system', subtype: 'init', session_id: 'own' },
    { type: 'assistant', message: { content: [{ type: 'tool_use', name: 'Bash', input: { command } }] } },
    { type: 'assistant', message: { content: [{ type: 'text', text }] } },
    existsSync('refuse')
      ? { type: 'result', is_error: true, api_error_status: 403, result: 'Not for you.' }
      : { type: 'result', is_error: false, result: text, total_cost_usd: 0.5 * WORK_ATTEMPT, usage },
  ],
  codex: [
    { type: 'thread.started', thread_id: 'own' },
    { type: 'item.started', item: { type: 'command_execution', command } },
    { type: 'item.completed', item: { type: 'agent_message', text } },
    { type: 'turn.completed', usage },
  ],
  gemini: [
    { type: 'init', session_id: 'own' },
    { type: 'tool_use', tool_name: 'run_shell_command', parameters: { command } },
    { type: 'message', role: 'assistant', delta: true, content: text },
    { type: 'result', status: 'success', stats: usage },
  ],
}
for (const event of events[format] ?? []) console.log(JSON.stringify(event))
if (events[format] === undefined) console.log(text)
`

/** Puts such agents under these names into the folder `bin` of a workspace; returns an environment in which PATH has it. */
export function installEventAgents(workspace: TestWorkspace, names: readonly string[]) {
  for (const name of names) {
    workspace.write(`bin/${name}`, program)
    chmodSync(join(workspace.root, 'bin', name), 0o755)
  }
  return { PATH: `${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}` }
}
