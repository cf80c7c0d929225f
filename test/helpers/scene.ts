import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, inject } from 'vitest'
import { folderIdentity } from '../../src/process/origin.ts'
import type { TasksFile } from '../../src/store/tasks/schema.ts'
import { makeRepository, type TestWorkspace } from './cli.ts'
import { agentsYaml } from '../builders/agents.ts'

/** Code of an agent, as `node --eval` takes it. */
export function nodeAgent(code: string, fields: Record<string, unknown> = {}): string {
  return agentsYaml([process.execPath, '--input-type=module', '--eval', code], fields)
}

/** A workstream `001-demo` with this plan, approved with its tasks, and agents.yaml: ready to run. */
export function makeApproved(plan: string, agents: string): Promise<TestWorkspace> {
  return remake(`approved\n${plan}\n${agents}`, async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    await succeed(workspace, 'create', 'demo')
    workspace.write('work/001-demo/PLAN.md', plan)
    workspace.write('work/agents.yaml', agents)
    await succeed(workspace, 'approve', 'plan')
    await succeed(workspace, 'approve', 'tasks')
    return workspace
  })
}

/**
 * A workspace as `make` makes it, and in all test files quicker from the second time on: a copy of the files that were in
 * it then, except those in `work/.run`. `name` says all that `make` depends on.
 */
export async function remake(name: string, make: () => Promise<TestWorkspace>): Promise<TestWorkspace> {
  const kept = join(inject('keptWorkspaces'), createHash('sha256').update(name).digest('hex'))
  if (existsSync(kept)) return copyOf(kept)
  const workspace = await make()
  const unfinished = mkdtempSync(`${kept}-`)
  writeFileSync(join(unfinished, 'root'), workspace.root)
  cpSync(workspace.root, join(unfinished, 'files'), {
    recursive: true,
    filter: (path) => !['.git', 'work/.run'].includes(relative(workspace.root, path)),
  })
  try {
    renameSync(unfinished, kept)
  } catch (error) {
    // Another test file was quicker.
    if (!existsSync(kept)) throw error
    rmSync(unfinished, { recursive: true })
  }
  return workspace
}

function copyOf(kept: string): TestWorkspace {
  const copy = makeRepository()
  cpSync(join(kept, 'files'), copy.root, { recursive: true })
  if (!existsSync(copy.stream.tasks)) return copy
  // Its sessions are of this checkout, and not of the one that it is a copy of.
  const root = readFileSync(join(kept, 'root'), 'utf8')
  const own = readFileSync(copy.stream.tasks, 'utf8')
    .replaceAll(JSON.stringify(root), JSON.stringify(copy.root))
    .replaceAll(/"folder": *"\d+:\d+"/g, `"folder": "${folderIdentity(copy.root) ?? ''}"`)
  writeFileSync(copy.stream.tasks, own)
  return copy
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
