import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { byMarker, say } from '../helpers/model-server.ts'
import { lives } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'
import { makeScene, oneAgent, reportDone } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

const thread = '01.01.01'

function librariesIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.so'))
}

test('opencode leaves no library in the temp folder, even if it and its keeper are killed', async () => {
  const answers = { [`(${thread})`]: [reportDone(thread), say('Done.')] }
  const scene = await makeScene({ plan: batchOf(1), agents: oneAgent(), script: byMarker(answers) })
  const { workspace, run, server, client } = scene
  const shared = join(dirname(workspace.root), 'opencode', 'tmp')
  const own = join(workspace.paths.run, 'opencode.tmp')
  const result = await run('multi', '--continue')
  expect(result.code, result.stderr + result.stdout).toBe(0)

  // What opencode unpacks a library for; it need not answer.
  const gone = new AbortController()
  const terminal = client().pty.create({ directory: workspace.root }, { signal: gone.signal })
  await until(() => librariesIn(own).length === 1, 'the library')
  const { pid, keeper } = server()
  process.kill(pid, 'SIGKILL')
  await until(() => !lives(keeper.pid), 'the end of the keeper')
  expect(existsSync(own)).toBe(false)

  expect(librariesIn(shared)).toEqual([])
  gone.abort()
  await terminal.catch(() => undefined)
})
