import type { TestWorkspace } from './cli.ts'
import { makeApproved, tasksOf } from './scene.ts'
import { agentsYaml } from '../builders/agents.ts'
import { session } from '../builders/records.ts'
import { planText } from '../builders/plan.ts'

export const failed = session({ sessionId: 'cmd_1', status: 'failed', reason: 'exit', exitCode: 3 })

export const tasksPath = 'work/001-demo/tasks.json'

/** Two threads in a batch, one in the next; their agent does what the test asks for. */
export function makeReady(): Promise<TestWorkspace> {
  return makeApproved(planText([[[['One'], ['Two']], [['Three']]]]), agentsYaml(['echo', 'did it']))
}

export function damage(workspace: TestWorkspace, change: (file: ReturnType<typeof tasksOf>) => void): void {
  const file = tasksOf(workspace)
  change(file)
  workspace.write(tasksPath, file)
}
