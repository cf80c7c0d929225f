import { makeRepository, type TestWorkspace } from './cli.ts'
import { nodeAgent, remake, succeed } from './scene.ts'
import { planText } from '../builders/plan.ts'

export const agents = nodeAgent(`
import { appendFileSync } from 'node:fs'
appendFileSync('trace', process.env.WORK_THREAD + '\\n')`)

export const twoStages = planText([[[['Set up'], ['Sign in', 'Sign out']]], [[['Ship']]]])

/** A workstream with a plan that nobody has approved. */
export function makeDraft(plan = twoStages): Promise<TestWorkspace> {
  return remake(`draft\n${plan}`, async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write('work/001-demo/PLAN.md', plan)
    workspace.write('work/agents.yaml', agents)
    return workspace
  })
}
