import { describe, expect, test } from 'vitest'
import { makeApproved, nodeAgent, sessionsOf, succeed } from '../helpers/scene.ts'
import { batchOf } from '../builders/plan.ts'
import { trace } from '../helpers/traces.ts'

describe('work execute', () => {
  test('runs one thread, with another agent on request, and prints the result', async () => {
    const agents = JSON.parse(nodeAgent(trace))
    agents.agents.push({ ...agents.agents[0], name: 'other' })
    const workspace = await makeApproved(batchOf(2), JSON.stringify(agents))
    const result = await workspace.work('execute', '--thread', '1.1.2', '--agent', 'other', '--json')
    expect(result.json()).toMatchObject({
      action: 'execute',
      threads: [{ id: '01.01.02', status: 'completed' }],
    })
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([{ agentName: 'other' }])
    expect(sessionsOf(workspace, '01.01.01')).toEqual([])
    const again = await workspace.work('execute', '--thread', '01.01.02', '--json')
    expect(again.code).toBe(2)
    expect(again.json()).toMatchObject({ error: { code: 'thread-completed' } })
  })

  test('resumes an interrupted session when the agent says how', async () => {
    const code = `${trace}console.log('resumed: ' + process.env.WORK_RESUME + ' ' + readFileSync(0, 'utf8')); process.kill(process.pid, 'SIGKILL')`
    const resume = `${trace}console.log('resumed: ' + process.env.WORK_RESUME + ' ' + readFileSync(0, 'utf8'))`
    const agents = nodeAgent(code, {
      resume_command: [process.execPath, '--input-type=module', '--eval', resume],
    })
    const workspace = await makeApproved(batchOf(1), agents)
    expect((await workspace.work('execute', '--thread', '01.01.01')).code).toBe(1)
    expect(sessionsOf(workspace, '01.01.01')).toMatchObject([
      { status: 'interrupted', reason: 'signal', signal: 'SIGKILL' },
    ])
    await succeed(workspace, 'execute', '--thread', '01.01.01')
    const [first, second] = sessionsOf(workspace, '01.01.01')
    expect(second).toMatchObject({
      status: 'completed',
      mode: 'resume',
      attempt: 2,
      sessionId: first?.sessionId,
    })
    expect(workspace.read('work/001-demo/logs/01.01.01/2.log')).toContain('resumed: 1 Your session on thread')
  })
})
