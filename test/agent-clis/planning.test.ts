import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'
import { byMarker, callTool, runShell, say, type Answer } from '../helpers/model-server.ts'
import { planningSessions, searchPlan } from '../helpers/planning.ts'
import { succeed } from '../helpers/scene.ts'
import { cliEnv } from './cli-env.ts'
import { useModels } from './models/server.ts'

const models = useModels()

interface Program {
  runner: string
  models: string[]
  /** How its model writes a file. */
  write: (path: string, text: string) => Answer
  /** Whether it refuses to write any other file than the draft. */
  isLimited: boolean
}

const programs: Program[] = [
  {
    runner: 'claude',
    models: ['opus'],
    write: (path, content) => callTool('Write', { file_path: path, content }),
    isLimited: true,
  },
  { runner: 'codex', models: ['m1'], write: byShell, isLimited: false },
  {
    runner: 'gemini',
    models: ['gemini-2.5-pro'],
    write: (path, content) => callTool('write_file', { file_path: path, content }),
    isLimited: true,
  },
]

const invalid = '# Plan: Search\n'
const goals = ['first', 'repaired', 'hopeless', 'asking', 'silent', 'stray'] as const
type Goal = (typeof goals)[number]

describe.each(programs)('$runner', ({ runner, models: names, write, isLimited }) => {
  test('drafts a plan, repairs it in the same session, and writes nothing else', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const agent = { name: 'default', runner, models: names, permissions: 'full' }
    workspace.write('work/agents.yaml', JSON.stringify({ agents: [agent] }))
    const draftOf = (goal: Goal) =>
      join(workspace.root, `work/${String(goals.indexOf(goal) + 1).padStart(3, '0')}-${goal}/PLAN.draft.md`)
    const stray = join(workspace.root, 'stray.txt')
    const drafts: Record<Goal, Answer[]> = {
      first: [write(draftOf('first'), searchPlan()), say('Done.')],
      repaired: [
        write(draftOf('repaired'), invalid),
        say('Done.'),
        write(draftOf('repaired'), searchPlan()),
        say('Done.'),
      ],
      hopeless: [write(draftOf('hopeless'), invalid), say('Done.')],
      asking: [write(draftOf('asking'), searchPlan({ questions: ['Which engine?'] })), say('Done.')],
      silent: [say('Here is the plan: do it.')],
      stray: [write(stray, 'x'), write(draftOf('stray'), searchPlan()), say('Done.')],
    }
    const { url } = models.add(
      byMarker(Object.fromEntries(goals.map((goal) => [`goal ${goal}`, drafts[goal]]))),
    )
    const env = {
      ...cliEnv(join(dirname(workspace.root), 'clis'), { url, origin: models.origin }),
      HOME: workspace.home,
    }
    const plan = async (goal: Goal) => {
      const { stdout } = await workspace.run(['plan', `goal ${goal}`, '--name', goal, '--json'], { env })
      const report: {
        end: string
        problems: string[]
        questions: unknown[]
        elsewhere: string[]
        stream: string
      } = JSON.parse(stdout)
      const sessions = planningSessions(workspace, report.stream)
      return { ...report, sessions }
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
    expect(await plan('silent')).toMatchObject({
      end: 'invalid',
      problems: ['PLAN.draft.md was not written.'],
    })

    const strange = await plan('stray')
    expect(strange).toMatchObject({ end: 'left', elsewhere: isLimited ? [] : ['stray.txt'] })
    expect(existsSync(stray)).toBe(!isLimited)
  })
})

function byShell(path: string, text: string): Answer {
  return runShell(`echo ${Buffer.from(text).toString('base64')} | base64 -d >'${path}'`)
}
