import { existsSync, readFileSync, rmSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { ignoreCommand, missingIgnores } from '../../../doctor/check-git.ts'
import { WorkError } from '../../../errors.ts'
import { requireInside } from '../../../files/inside.ts'
import type { AgentSketch } from '../../../agents/template.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { newIndexText } from '../../../store/index/index-file.ts'
import { schemaText } from '../../../schema/json-schema.ts'
import { findWorkspace } from '../../../store/repository.ts'
import { schemaNames, schemaPath, type Workspace } from '../../../paths.ts'
import { now } from '../../context.ts'
import { checkAgentFlags, chooseAgents, describeAgents, type AgentsChoiceOptions } from './init-agents.ts'
import { refuseForeign } from './init-guard.ts'
import { describeNewIsolation } from './init-isolation.ts'
import { print, printJson, say } from '../../output.ts'
import type { SkillsReport } from './skills.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, work } from '../../../text/hint.ts'

/** What git has no business with: locks and the like, and what agents wrote while they ran. */
const gitignore = '.run/\nlogs/\n'

export interface InitOptions extends AgentsChoiceOptions {
  /** Also the skills for agents, outside of `work/`. */
  skills?: boolean
  /** Also in a folder `work/` that holds something else. */
  force?: boolean
}

/**
 * `work init`: the files that a repository needs. What is there already is kept as it is, but for schemas and skills of
 * an older version.
 */
export async function init(options: InitOptions): Promise<void> {
  const workspace = findWorkspace(process.cwd(), options.repoRoot, process.env)
  checkAgentFlags(options)
  refuseForeign(workspace, options.force === true)
  const hasAgents = existsSync(workspace.agents)
  if (hasAgents && (options.agent ?? options.model ?? options.isolation) !== undefined) throw agentsExist()
  requireInside(workspace.root, workspace.agents)
  const chosen = hasAgents ? undefined : await chooseAgents(workspace.root, options)
  const schemas = await Promise.all(
    schemaNames.map(async (name): Promise<[string, string]> => [
      schemaPath(workspace, name),
      await schemaText(name),
    ]),
  )
  // The index last: it is what makes this a repository with workstreams.
  const files: [string, string][] = [
    ...schemas,
    [workspace.gitignore, gitignore],
    [workspace.agents, chosen?.text ?? ''],
    [workspace.index, newIndexText(now())],
  ]
  for (const path of [...files.map(([name]) => name), workspace.schemas]) requireInside(workspace.root, path)
  const { created, kept } = await writeFiles(workspace, files)
  const skills = options.skills === true ? await addSkills(workspace) : undefined
  created.push(...(skills?.created ?? []))
  kept.push(...(skills?.kept ?? []))
  const updated = skills?.updated ?? []
  await warnOfIgnores(workspace)
  if (options.json === true)
    return printJson({
      created,
      updated,
      kept,
      ...(chosen && { agents: chosen.agents.map(agentAsJson), isolation: chosen.isolation }),
    })
  print([
    ...created.map((name) => `Created ${name}`),
    ...updated.map((name) => `Updated ${name}`),
    ...kept.map((name) => `${name} already exists, kept as it is.`),
    ...(chosen === undefined
      ? []
      : [...describeAgents(chosen.agents), ...describeNewIsolation(chosen.isolation)]),
    { next: advice`${work('plan', '<goal>')}   to let an agent draft a plan` },
    { next: advice`${work('create', '<name>')}   to write it yourself` },
  ])
}

function agentsExist(): WorkError {
  return new WorkError(
    'work/agents.yaml already exists, so --agent, --model and --isolation have no effect.',
    {
      code: 'agents-exist',
      hint: work('edit', '--agents'),
    },
  )
}

function agentAsJson({ name, runner, model, edits, command }: AgentSketch) {
  return {
    name,
    runner,
    ...(model === undefined ? {} : { models: [model] }),
    ...(edits === undefined ? {} : { permissions: 'edit' }),
    ...(command === undefined ? {} : { command }),
  }
}

async function addSkills({ root }: Workspace): Promise<SkillsReport> {
  return (await import('./skills.ts')).writeSkills(root)
}

/**
 * Writes what is missing, and schemas of an older version, which nobody else writes. Of what fails nothing stays that was
 * not there before.
 */
async function writeFiles(
  workspace: Workspace,
  files: readonly [string, string][],
): Promise<{ created: string[]; kept: string[] }> {
  const written: string[] = []
  const created = new Set<string>()
  const kept: string[] = []
  try {
    for (const [path, text] of files) {
      const isSchema = dirname(path) === workspace.schemas
      const name = relative(workspace.root, isSchema ? workspace.schemas : path)
      const isThere = existsSync(path)
      if (isThere && isSchema && readFileSync(path, 'utf8') === text) continue
      if (isThere && !isSchema) {
        kept.push(name)
        continue
      }
      await writeWhole(path, text)
      if (!isThere) written.push(path)
      created.add(name)
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true })
    throw error
  }
  // The one to look at first comes first.
  return { created: [...created].toReversed(), kept: kept.toReversed() }
}

/** Says which lines are missing where a .gitignore was there before. */
async function warnOfIgnores(workspace: Workspace): Promise<void> {
  const missing = await missingIgnores(workspace, inheritedEnvironment(process.env))
  if (missing.length === 0) return
  say(
    `Warning: git does not ignore what agents write while they run: work/.gitignore lacks ${missing.join(' and ')}.`,
    { next: ignoreCommand(missing) },
  )
}
