import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { planningPaths } from '../../src/paths.ts'
import type { TasksFile } from '../../src/store/tasks/schema.ts'
import { makeRepository, type TestWorkspace } from './cli.ts'
import { nodeAgent, succeed } from './scene.ts'

/**
 * An agent whose n-th call keeps its prompt in `calls/n`, runs `script/n.mjs` if that exists, and
 * takes `script/n.md` for the draft.
 */
const planner = `
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
const prompt = readFileSync(0, 'utf8')
mkdirSync('calls', { recursive: true })
const call = readdirSync('calls').length + 1
writeFileSync('calls/' + call, process.env.WORK_RESUME + '\\n' + prompt)
const draft = 'work/' + process.env.WORK_STREAM + '/PLAN.draft.md'
if (existsSync('script/' + call + '.mjs')) await import(pathToFileURL('script/' + call + '.mjs'))
if (existsSync('script/' + call + '.md')) copyFileSync('script/' + call + '.md', draft)
console.log('call ' + call)
`

/** A repository whose agent makes these drafts in turn: a plan, a program that the agent runs, or null for nothing. */
export async function makePlanner(
  ...drafts: (string | { program: string } | null)[]
): Promise<TestWorkspace> {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  workspace.write('work/agents.yaml', nodeAgent(planner, { resume_command: plannerCommand }))
  for (const [index, draft] of drafts.entries()) {
    if (draft === null) continue
    if (typeof draft === 'string') workspace.write(`script/${index + 1}.md`, draft)
    else workspace.write(`script/${index + 1}.mjs`, draft.program)
  }
  return workspace
}

const plannerCommand = [process.execPath, '--input-type=module', '--eval', planner]

/** The prompts of the agent, call by call; what was resumed begins with `1`. */
export function callsOf({ root, read }: TestWorkspace): string[] {
  if (!existsSync(join(root, 'calls'))) return []
  return readdirSync(join(root, 'calls'))
    .toSorted((left, right) => Number(left) - Number(right))
    .map((name) => read(`calls/${name}`))
}

/** What is recorded about the planning of a workstream. */
export function planningFile({ paths, read, root }: TestWorkspace, stream = '001-search'): TasksFile {
  const { tasks } = planningPaths(paths, stream)
  const file: TasksFile = JSON.parse(read(tasks.slice(root.length + 1)))
  return file
}

/** The sessions that planned. */
export function planningSessions(workspace: TestWorkspace, stream?: string) {
  return planningFile(workspace, stream).tasks[0]?.sessions ?? []
}

/** A valid plan with these open questions. */
export function searchPlan({
  questions = [],
  threads = ['Index'],
}: { questions?: readonly string[]; threads?: readonly string[] } = {}): string {
  const asked = questions.map((question) => `- [ ] ${question}\n`).join('')
  const parts = threads.map(
    (name, index) =>
      `###### Thread ${String(index + 1).padStart(2, '0')}: ${name}\n\n**Summary:** Do ${name}.\n\n**Details:**\n\n- [ ] Build ${name}\n`,
  )
  return [
    '# Plan: Search\n\n## Summary\n\nVisitors find pages.\n\n## Stages\n\n### Stage 01: Build\n',
    ...(asked === '' ? [] : [`#### Stage Questions\n\n${asked}`]),
    '#### Stage Batches\n\n##### Batch 01: Core\n',
    ...parts,
  ].join('\n')
}
