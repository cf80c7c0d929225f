import { expect, test } from 'vitest'
import { byMarker, drop, fail, say } from '../helpers/model-server.ts'
import { sessionsOf } from '../helpers/scene.ts'
import { makeScene, reportDone, requestsFor } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

/** opencode asks once and five more times, over a little more than a minute. */
const patience = 180_000

test(
  'a failing provider is asked a few times, with pauses, and then reported with its message',
  async () => {
    const threads = ['01.01.01', '01.01.02', '01.01.03', '01.01.04']
    const scene = await makeScene({
      plan: batchOf(threads.length),
      agents: { agents: [{ name: 'default', models: ['local/m1'] }] },
      script: byMarker({
        '(01.01.01)': [fail(500, 'the cooling is broken')],
        '(01.01.02)': [fail(429, 'slow down')],
        '(01.01.03)': [drop('half a')],
        '(01.01.04)': [reportDone('01.01.04', 'read'), say('All read.')],
      }),
    })
    const { workspace, model } = scene
    const long = 'word '.repeat(200_000)
    const prompt = 'work/001-demo/prompts/01-stage-01/01-batch-01/04-thread-04.md'
    workspace.write(prompt, workspace.read(prompt).replace('Do it.', long))

    const result = await scene.run('multi', '--continue', '--json')

    expect(result.code, result.stderr).toBe(1)
    expect(threads.map((thread) => sessionsOf(workspace, thread))).toMatchObject([
      [{ status: 'failed', reason: 'provider', detail: expect.stringContaining('the cooling is broken') }],
      [{ status: 'failed', reason: 'rate-limit', detail: expect.stringContaining('slow down') }],
      [{ status: 'failed', reason: 'provider' }],
      [{ status: 'completed' }],
    ])
    for (const thread of threads.slice(0, 3)) {
      const asked = requestsFor(model, thread).length
      expect(asked, `requests for ${thread}`).toBeGreaterThan(1)
      expect(asked, `requests for ${thread}`).toBeLessThan(10)
    }
    expect(requestsFor(model, '01.01.04')[0]?.prompt).toContain(long.trim())
  },
  patience,
)
