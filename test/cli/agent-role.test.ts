import { expect, test } from 'vitest'
import { factsOf, makeFailed } from '../helpers/failed.ts'

const asAgent = { env: { WORKSTREAM_ROLE: 'AGENT' } }

test.each([
  [['multi', '--continue']],
  [['execute', '--thread', '01.01.02']],
  [['fix', '--thread', '01.01.02', '--retry', '--yes']],
  [['continue', '--fix', '--yes']],
  [['continue', '--skip']],
  [['session', 'complete', '--thread', '01.01.02', '--yes']],
  [['approve', 'stage', '1', '--force']],
  [['doctor', '--stop-server']],
])('inside a session work %j is refused, and changes nothing', async (args) => {
  const workspace = await makeFailed()
  const before = factsOf(workspace)
  const { code, json } = await workspace.run([...args, '--json'], asAgent)
  expect(code).toBe(2)
  expect(json()).toMatchObject({
    error: { code: 'human-only', hint: expect.stringContaining(`\`work ${args.slice(0, 2).join(' ')}`) },
  })
  expect(factsOf(workspace)).toEqual(before)
})

test.each([
  [['multi', '--continue', '--dry-run']],
  [['fix', '--thread', '01.01.02', '--retry', '--dry-run']],
  [['status']],
  [['session', 'logs', '01.01.02']],
])('inside a session work %j only looks, and is allowed', async (args) => {
  const workspace = await makeFailed()
  const { code, stderr } = await workspace.run(args, asAgent)
  expect(code, stderr).toBe(0)
})
