import { makeWorkspace, type TestWorkspace } from './cli.ts'
import { streamEntry, task, workIndex } from '../builders/records.ts'
import { batchOf } from '../builders/plan.ts'

/** Two workstreams, the first of which has threads; one of them has a name that a shell would run. */
export function makeFilled(): TestWorkspace {
  const workspace = makeWorkspace([
    task({ id: '01.01.01.01', thread_name: 'Parser' }),
    task({ id: '01.01.02.01', thread_name: 'Lexer $(touch ran) `touch ran`\u001b[31m: fast' }),
    task({ id: '02.01.01.01', stage_name: 'Test', batch_name: 'Load' }),
  ])
  const other = streamEntry({ id: '002-other', name: 'other', order: 2 })
  workspace.write('work/index.json', workIndex([streamEntry(), other], { current_stream: '001-demo' }))
  workspace.write('work/agents.yaml', {
    agents: [
      { name: 'default', runner: 'command', command: ['true'], best_for: 'Most things' },
      { name: '$(touch ran)', runner: 'command', command: ['true'] },
    ],
  })
  workspace.write('work/002-other/PLAN.md', batchOf(2))
  return workspace
}

export function linesIn(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}
