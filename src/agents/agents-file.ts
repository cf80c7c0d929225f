import type { Document } from 'yaml'
import { basename, dirname } from 'node:path'
import * as z from 'zod/mini'
import { messageOf, WorkError } from '../errors.ts'
import type { CloneSettings } from '../clones/settings.ts'
import { cloneSettings } from './clone-settings.ts'
import { toMilliseconds } from './duration.ts'
import { listIn, listUnknownFields, type UnknownField } from './fields.ts'
import { agentsSchema, findMisfit, whyRequired, type AgentEntry, type doneWhen } from './schema.ts'
import { describeIssue, type Issue } from '../store/json/issues.ts'
import { isRecord } from '../store/json/guard.ts'
import { readText } from '../store/json/json-file.ts'
import type { PathStep } from '../store/json/position.ts'
import { findDeepYaml, maxYamlDepth } from './yaml-depth.ts'
import { NamedModel } from '../runners/fields.ts'
import { defaultRunner, loadRunners, runnerOf, type Runners } from '../runners/registry.ts'
import type { RunnerAgent } from '../runners/agent.ts'
import { advice, work, type HintSource } from '../text/hint.ts'

/** A model of an agent, as its runner names it. */
export interface Model {
  /** `provider/model`. */
  model: string
  variant?: string
}

/** An agent with its defaults filled in. */
export interface Agent extends RunnerAgent {
  description: string
  best_for: string
  /** Tried in order. May be empty, depending on the runner. */
  models: Model[]
  /** The name of its runner. */
  runner: string
  done_when: (typeof doneWhen)[number]
  /** In milliseconds. */
  timeout?: number
}

/** agents.yaml with its defaults filled in. */
export interface AgentsFile {
  agents: Agent[]
  /** How many threads may run at once. */
  parallel: number
  clones: CloneSettings
  /** The agent that plans; absent for the default agent. */
  planner?: string | undefined
}

/**
 * Reads and validates agents.yaml, with these runners (default: all). A `WorkError` (`agents-missing`,
 * `agents-invalid`) names the line, agent and field.
 */
export async function readAgents(path: string, runners?: Runners): Promise<AgentsFile> {
  const { label, value, lineOf, lineOfField } = await parseAgents(path)
  const known = runners ?? (await loadRunners())
  const { data, error } = z.safeParse(agentsSchema(known), value)
  const issue = error === undefined ? findMisfit(known, data) : describe(known, error, value)
  if (issue !== undefined) {
    const misspelled = describeMisspelled(known, value, issue, lineOfField)
    throw invalid(label, lineOf(issue.path), issue.text, misspelled)
  }
  if (data === undefined) throw new Error(`${label}: neither values nor an error`)
  return {
    agents: data.agents.map((agent) => fillDefaults(known, agent)),
    parallel: data.parallel ?? 4,
    clones: cloneSettings(data),
    ...(data.planner !== undefined && { planner: data.planner }),
  }
}

function describe(runners: Runners, error: z.core.$ZodError, value: unknown): Issue {
  const issue = describeIssue(error, value)
  return { ...issue, text: `${issue.text}${whyRequired(runners, value, issue)}` }
}

/** The unknown fields of agents.yaml with their lines. Throws like {@link readAgents} for invalid YAML. */
export async function findUnknownFields(path: string): Promise<(UnknownField & { line: number })[]> {
  const { value, lineOfField } = await parseAgents(path)
  const runners = await loadRunners()
  return listUnknownFields(runners, value).map((field) => ({ ...field, line: lineOfField(field.path) }))
}

/** The line of a model in agents.yaml; undefined if the file no longer has it. */
export async function findModelLine(path: string, agent: string, model: string): Promise<number | undefined> {
  const { value, lineOf } = await parseAgents(path)
  const agents = listIn(value, 'agents')
  const at = agents.findIndex((one) => isRecord(one) && one['name'] === agent)
  const index = listIn(agents[at], 'models').findIndex((entry) => toModels([entry])[0]?.model === model)
  return index === -1 ? undefined : lineOf(['agents', at, 'models', index])
}

interface ParsedAgents {
  /** `work/agents.yaml` */
  label: string
  value: unknown
  /** The line of the value at a path, or of the nearest parent of a missing value. */
  lineOf: (path: readonly PathStep[]) => number
  /** The line of a field's name. */
  lineOfField: (path: readonly PathStep[]) => number
}

async function parseAgents(path: string): Promise<ParsedAgents> {
  const label = `${basename(dirname(path))}/${basename(path)}`
  const text = readText({ path, label })
  if (text === undefined) {
    throw new WorkError(`${label} not found, so there are no agents.`, {
      code: 'agents-missing',
      hint: work('init'),
    })
  }
  const deepLine = findDeepYaml(text)
  if (deepLine !== undefined) {
    throw invalid(label, deepLine, `more than ${maxYamlDepth} nested lists and maps`)
  }
  const { LineCounter, parseDocument } = await import('./yaml.ts')
  const lineCounter = new LineCounter()
  const lineAt = (offset: number) => lineCounter.linePos(offset).line
  const document = parseDocument(text, { lineCounter, prettyErrors: false })
  const [broken] = document.errors
  if (broken !== undefined) throw invalid(label, lineAt(broken.pos[0]), `invalid YAML: ${broken.message}`)
  return {
    label,
    value: toValues(document, label),
    lineOf: (steps) => lineAt(locate(document, steps)),
    lineOfField: (steps) => lineAt(locateField(document, steps)),
  }
}

/** The misspelled field that may cause a problem, in the same agent. */
function describeMisspelled(
  runners: Runners,
  value: unknown,
  issue: Issue,
  lineOfField: (path: readonly PathStep[]) => number,
): string | undefined {
  const [list, agent] = issue.path
  const field = listUnknownFields(runners, value).find(
    ({ path, meant }) =>
      meant !== undefined && (path.length === 1 || (path[0] === list && path[1] === agent)),
  )
  if (field === undefined) return undefined
  return `Did you mean "${field.meant}" instead of "${String(field.path.at(-1))}" in line ${lineOfField(field.path)}?`
}

function toValues(document: Document, label: string): unknown {
  try {
    return document.toJS()
  } catch (error) {
    throw invalid(label, 1, messageOf(error))
  }
}

function fillDefaults(runners: Runners, agent: AgentEntry): Agent {
  const runner = agent.runner ?? defaultRunner
  const definition = runnerOf(runners, runner)
  const own = Object.keys(definition.fields).filter((field) => field !== 'models')
  return {
    name: agent.name,
    description: agent.description ?? '',
    best_for: agent.best_for ?? '',
    models: toModels(agent['models']),
    runner,
    done_when: agent.done_when ?? definition.doneWhen,
    ...(agent.timeout !== undefined && { timeout: toMilliseconds(agent.timeout) }),
    options: Object.fromEntries(
      own.flatMap((field) => (agent[field] === undefined ? [] : [[field, agent[field]]])),
    ),
  }
}

/** The models of an agent, which its runner's schema has checked. */
function toModels(value: unknown): Model[] {
  return (Array.isArray(value) ? value : []).flatMap((entry: unknown): Model[] => {
    if (typeof entry === 'string') return [{ model: entry }]
    const { data } = z.safeParse(NamedModel, entry)
    if (data === undefined) return []
    return [{ model: data.model, ...(data.variant !== undefined && { variant: data.variant }) }]
  })
}

/** An agent as a flat object, as in agents.yaml: for `--json`. */
export function agentAsJson({ options, ...agent }: Agent): Record<string, unknown> {
  return { ...agent, ...options }
}

/** The position of the value at `path`; for a missing value, of the nearest parent. */
function locate(document: Document, path: readonly PathStep[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true)
    if (isPlaced(node)) return node.range[0]
  }
  return 0
}

/** Where the name of a field is; its value may begin on a later line. */
function locateField(document: Document, path: readonly PathStep[]): number {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const pairs = isRecord(parent) && Array.isArray(parent['items']) ? parent['items'] : []
  const keys = pairs.flatMap((pair: unknown) =>
    isRecord(pair) && isPlaced(pair['key']) ? [pair['key']] : [],
  )
  const key = keys.find((one) => one.value === path.at(-1))
  return key === undefined ? locate(document, path) : key.range[0]
}

function isPlaced(node: unknown): node is { range: [number, number, number]; value?: unknown } {
  return isRecord(node) && Array.isArray(node['range'])
}

function invalid(
  label: string,
  line: number,
  words: string,
  hint: HintSource = advice`Correct it in ${label}; ${work('schema', 'agents')} describes every field.`,
): WorkError {
  return new WorkError(`${label}:${line}: ${words}.`, { code: 'agents-invalid', hint })
}
