import { relative, sep } from 'node:path'
import type { SessionRecord } from '../../machines/session.ts'
import type { Agent } from '../agents/agents-file.ts'
import type { PlanningPaths } from '../paths.ts'
import type { PlanningRecord, PlanningRequest } from '../store/tasks/schema.ts'
import { planningPrompt, repairPrompt, resumptionPrompt, revisionPrompt } from './prompt.ts'
import type { RepositoryFacts } from './repository-facts.ts'

/** What the prompts of a planning are made from. */
export interface PromptScene {
  /** Id of the workstream. */
  stream: string
  paths: PlanningPaths
  agents: readonly Agent[]
  isIsolated: boolean
  facts: RepositoryFacts
  /** Threads of the plan are recorded. */
  isStarted: boolean
  /** How often the problems of a draft are reported to its session. */
  mostRepairs: number
}

/**
 * The prompt of a session: everything in a new one; in one that is resumed only what was asked for last, once more if it was
 * interrupted.
 */
export function promptOf(
  session: SessionRecord,
  { requests, template }: PlanningRecord,
  scene: PromptScene,
): string {
  const last = requests.at(-1)
  const draft = relative(scene.paths.root, scene.paths.draft).replaceAll(sep, '/')
  if (session.mode === 'resume' && last !== undefined) {
    return last.kind === 'goal' ? resumptionPrompt(draft) : requestPrompt(last, requests, { draft, ...scene })
  }
  const goal = requests.findLastIndex(({ kind }) => kind === 'goal')
  // Without a goal the first change says what the plan is about.
  const begin = goal === -1 ? requests.findIndex(({ kind }) => kind === 'revise') : goal
  const first = requests[begin]
  const since = requests.slice(begin + 1).filter((one) => one === last || one.kind === 'revise')
  const { stream, agents, isIsolated, facts } = scene
  const whole = planningPrompt({
    goal: first?.text ?? '',
    draft,
    stream,
    agents,
    isIsolated,
    facts,
    template,
    isRevision: goal === -1,
  })
  return [whole, ...since.map((request) => requestPrompt(request, requests, { draft, ...scene }))].join('\n')
}

function requestPrompt(
  { kind, text = '', problems = [] }: PlanningRequest,
  requests: readonly PlanningRequest[],
  { draft, isStarted, mostRepairs }: { draft: string; isStarted: boolean; mostRepairs: number },
): string {
  switch (kind) {
    case 'revise':
      return revisionPrompt({ draft, request: text, isStarted })
    case 'repair': {
      const asked = requests.findLastIndex((one) => one.kind !== 'repair')
      const left = Math.max(0, mostRepairs - (requests.length - 1 - asked))
      return repairPrompt({ draft, problems, left })
    }
    case 'goal':
    case 'edit':
      return resumptionPrompt(draft)
  }
}
