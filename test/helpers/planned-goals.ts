import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { TestWorkspace } from './cli.ts'
import { byMarker, say, type Answer, type Script } from './model-server.ts'
import { planningSessions, searchPlan } from './planning.ts'

/** What a model makes of a goal, by the name of the workstream. */
const goals = ['first', 'repaired', 'hopeless', 'asking', 'silent', 'stray'] as const
type Goal = (typeof goals)[number]

/** How a model writes a file, by the tools of its program. */
export type WriteFile = (path: string, text: string) => Answer

/** How each of the goals ends. */
export const goalEnds = ['left', 'left', 'invalid', 'left', 'invalid', 'left']

const invalid = '# Plan: Search\n'

/** A model that plans each of the goals in its own way. */
export function goalScript({ root }: TestWorkspace, write: WriteFile): Script {
  const draft = (goal: Goal, text: string) => [
    write(join(root, `work/${String(goals.indexOf(goal) + 1).padStart(3, '0')}-${goal}/PLAN.draft.md`), text),
    say('Done.'),
  ]
  const answers: Record<Goal, Answer[]> = {
    first: draft('first', searchPlan()),
    repaired: [...draft('repaired', invalid), ...draft('repaired', searchPlan())],
    hopeless: draft('hopeless', invalid),
    asking: draft('asking', searchPlan({ questions: ['Which engine?'] })),
    silent: [say('Here is the plan: do it.')],
    stray: [write(join(root, 'stray.txt'), 'x'), ...draft('stray', searchPlan())],
  }
  return byMarker(Object.fromEntries(goals.map((goal) => [`goal ${goal}`, answers[goal]])))
}

interface Report {
  stream: string
  end: string
  problems: string[]
  questions: unknown[]
  elsewhere: string[]
}

/** Plans each of the goals, checks the result, and gives how each ended. `isLimited`: the program lets its agent write the draft only. */
export async function planGoals(
  workspace: TestWorkspace,
  env: Record<string, string>,
  { runner, isLimited }: { runner: string; isLimited: boolean },
): Promise<string[]> {
  const ends: string[] = []
  const plan = async (goal: Goal) => {
    const { stdout, stderr } = await workspace.run(['plan', `goal ${goal}`, '--name', goal, '--json'], {
      env,
    })
    expect(stdout, stderr).not.toBe('')
    const report: Report = JSON.parse(stdout)
    ends.push(report.end)
    return { ...report, sessions: planningSessions(workspace, report.stream) }
  }

  const first = await plan('first')
  expect(first).toMatchObject({ end: 'left', problems: [], elsewhere: [] })
  expect(first.sessions).toMatchObject([{ status: 'completed', runner, mode: 'fresh' }])
  expect(first.sessions[0]?.usage?.inputTokens).toBeGreaterThan(0)

  const repaired = await plan('repaired')
  expect(repaired).toMatchObject({ end: 'left', problems: [] })
  const [begun, resumed] = repaired.sessions
  expect(resumed).toMatchObject({ mode: 'resume', status: 'completed', sessionId: begun?.sessionId })

  const hopeless = await plan('hopeless')
  expect(hopeless).toMatchObject({ end: 'invalid' })
  expect(hopeless.problems.length).toBeGreaterThan(0)
  expect(hopeless.sessions).toHaveLength(4)

  expect(await plan('asking')).toMatchObject({ end: 'left', questions: [{ text: 'Which engine?' }] })
  expect(await plan('silent')).toMatchObject({ end: 'invalid', problems: ['PLAN.draft.md was not written.'] })

  expect(await plan('stray')).toMatchObject({ end: 'left', elsewhere: isLimited ? [] : ['stray.txt'] })
  expect(existsSync(join(workspace.root, 'stray.txt'))).toBe(!isLimited)
  return ends
}
