import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'vitest'
import { folderIdentity } from '../../src/agents/origin.ts'
import type { TasksFile } from '../../src/store/tasks-schema.ts'
import { agentsYaml, makeRepository, type TestWorkspace } from './cli.ts'

/** Code of an agent, as `node --eval` takes it. */
export function nodeAgent(code: string, fields: Record<string, unknown> = {}): string {
  return agentsYaml([process.execPath, '--input-type=module', '--eval', code], fields)
}

/** A workstream `001-demo` with this plan, approved with its tasks, and agents.yaml: ready to run. */
export async function makeApproved(plan: string, agents: string): Promise<TestWorkspace> {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  await succeed(workspace, 'create', 'demo')
  workspace.write('work/001-demo/PLAN.md', plan)
  workspace.write('work/agents.yaml', agents)
  await succeed(workspace, 'approve', 'plan')
  await succeed(workspace, 'approve', 'tasks')
  return workspace
}

/** The files of workspaces that have been made, by what they were made as. */
const made = new Map<string, { root: string; files: Map<string, string> }>()

/**
 * A workspace as `make` makes it, and quicker from the second time on: with the files that were in it then, except those
 * in `work/.run`.
 */
export async function remake(name: string, make: () => Promise<TestWorkspace>): Promise<TestWorkspace> {
  const known = made.get(name)
  if (known !== undefined) {
    const copy = makeRepository()
    // Its sessions are of this checkout, and not of the one that it is a copy of.
    const own = (text: string) =>
      text
        .replaceAll(JSON.stringify(known.root), JSON.stringify(copy.root))
        .replaceAll(/"folder": *"\d+:\d+"/g, `"folder": "${folderIdentity(copy.root) ?? ''}"`)
    for (const [path, text] of known.files) copy.write(path, path.endsWith('tasks.json') ? own(text) : text)
    return copy
  }
  const workspace = await make()
  const files = readdirSync(workspace.root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(workspace.root, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('.git/') && !path.startsWith('work/.run/'))
  made.set(name, { root: workspace.root, files: new Map(files.map((path) => [path, workspace.read(path)])) })
  return workspace
}

/** Runs `work`, which has to end well. */
export async function succeed(workspace: TestWorkspace, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await workspace.work(...args)
  expect(code, stderr).toBe(0)
  return stdout
}

/** tasks.json of a workspace whose commands have written it. */
export function tasksOf(workspace: TestWorkspace): TasksFile {
  const file: TasksFile = JSON.parse(workspace.read('work/001-demo/tasks.json'))
  return file
}

/** The sessions of a thread, oldest first. */
export function sessionsOf(workspace: TestWorkspace, thread: string) {
  return tasksOf(workspace).tasks.find((task) => task.id === `${thread}.01`)?.sessions ?? []
}

/** The lines of a file that agents append to; none while there is no such file. */
export function linesOf(workspace: TestWorkspace, path: string): string[] {
  return existsSync(join(workspace.root, path)) ? workspace.read(path).trim().split('\n') : []
}
