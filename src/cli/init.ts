import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { requireInside } from '../inside.ts'
import { agentsTemplate } from '../store/agents-file.ts'
import { writeWhole } from '../store/atomic.ts'
import { newIndexText } from '../store/index-file.ts'
import { schemaText } from '../store/json-schema.ts'
import { findWorkspace } from '../store/repository.ts'
import { schemaNames, schemaPath, type Workspace } from '../workspace.ts'
import { now, type CommonOptions } from './context.ts'
import { print, printJson } from './output.ts'
import type { SkillsReport } from './skills.ts'

/** What git has no business with: locks and the like, and what agents wrote while they ran. */
const gitignore = '.run/\nlogs/\n'

export interface InitOptions extends CommonOptions {
  /** Also the skills for agents, outside of `work/`. */
  skills?: boolean
}

/**
 * `work init`: the files that a repository needs. What is there already is kept as it is, but for schemas and skills of
 * an older version.
 */
export async function init(options: InitOptions): Promise<void> {
  const workspace = findWorkspace(process.cwd(), options.repoRoot, process.env)
  const files: [string, string][] = [
    [workspace.index, newIndexText(now())],
    [workspace.agents, agentsTemplate],
    [workspace.gitignore, gitignore],
  ]
  for (const path of [...files.map(([name]) => name), workspace.schemas]) requireInside(workspace.root, path)
  const created: string[] = []
  const kept: string[] = []
  for (const [path, text] of files) {
    const name = relative(workspace.root, path)
    if (existsSync(path)) {
      kept.push(name)
    } else {
      await writeWhole(path, text)
      created.push(name)
    }
  }
  if (await writeSchemas(workspace)) created.push(relative(workspace.root, workspace.schemas))
  const skills = options.skills === true ? await addSkills(workspace) : undefined
  created.push(...(skills?.created ?? []))
  kept.push(...(skills?.kept ?? []))
  const updated = skills?.updated ?? []
  if (options.json === true) return printJson({ created, updated, kept })
  print([
    ...created.map((name) => `Created ${name}`),
    ...updated.map((name) => `Updated ${name}`),
    ...kept.map((name) => `${name} already exists, kept as it is.`),
    '  → work create <name>',
  ])
}

async function addSkills({ root }: Workspace): Promise<SkillsReport> {
  return (await import('./skills.ts')).writeSkills(root)
}

/** Puts the schemas of this version beside the files. Nobody else writes them, so older ones are replaced. */
async function writeSchemas(workspace: Workspace): Promise<boolean> {
  const stale = schemaNames
    .map((name) => ({ path: schemaPath(workspace, name), text: schemaText(name) }))
    .filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  for (const { path, text } of stale) await writeWhole(path, text)
  return stale.length > 0
}
