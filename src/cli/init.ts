import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { agentsTemplate } from '../store/agents-file.ts'
import { writeWhole } from '../store/atomic.ts'
import { newIndexText } from '../store/index-file.ts'
import { schemaText } from '../store/json-schema.ts'
import { findWorkspace, schemaNames, schemaPath, type Workspace } from '../workspace.ts'
import { now, type CommonOptions } from './context.ts'
import { print, printJson } from './output.ts'

/** What git has no business with: locks and the like, and what agents wrote while they ran. */
const gitignore = '.run/\nlogs/\n'

/** `work init`: the files that a repository needs. What is there already is kept as it is, but for schemas. */
export async function init(options: CommonOptions): Promise<void> {
  const workspace = findWorkspace(process.cwd(), options.repoRoot)
  const files: [string, string][] = [
    [workspace.index, newIndexText(now())],
    [workspace.agents, agentsTemplate],
    [workspace.gitignore, gitignore],
  ]
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
  if (options.json === true) return printJson({ created, kept })
  print([
    ...created.map((name) => `Created ${name}`),
    ...kept.map((name) => `${name} already exists, kept as it is.`),
    '  → work create <name>',
  ])
}

/** Puts the schemas of this version beside the files. Nobody else writes them, so older ones are replaced. */
async function writeSchemas(workspace: Workspace): Promise<boolean> {
  const stale = schemaNames
    .map((name) => ({ path: schemaPath(workspace, name), text: schemaText(name) }))
    .filter(({ path, text }) => !existsSync(path) || readFileSync(path, 'utf8') !== text)
  for (const { path, text } of stale) await writeWhole(path, text)
  return stale.length > 0
}
