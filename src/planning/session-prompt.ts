import { relative } from 'node:path'
import { mostRepairs } from '../../machines/draft-context.ts'
import type { SessionRecord } from '../../machines/session.ts'
import type { Agent } from '../agents/agents-file.ts'
import type { PlanningPaths } from '../paths.ts'
import type { PlanningRecord, PlanningRequest } from '../store/tasks/schema.ts'
import { readDraft } from './draft-file.ts'
import { planningPrompt, repairPrompt, revisionPrompt } from './prompt.ts'
import type { RepositoryFacts } from './repository-facts.ts'

/** What a planning agent is told about. */
export interface PromptScene {
  /** Id of the workstream. */
  stream: string
  paths: PlanningPaths
  agents: readonly Agent[]
  isIsolated: boolean
  facts: RepositoryFacts
  /** The text of the template that it fills in. */
  template: string | undefined
  /** Whether threads of the plan are recorded. */
  isStarted: boolean
  /** The present PLAN.md. */
  plan: string | undefined
}

/**
 * What the agent is told in a session: everything in a new one; in one that goes on only what was asked for last, which it
 * is told again if it was interrupted.
 */
export function promptOf(session: SessionRecord, planning: PlanningRecord, scene: PromptScene): string {
  const { requests } = planning
  const last = requests.at(-1)
  if (session.mode !== 'resume' || last === undefined || last.kind === 'goal')
    return wholePrompt(planning, scene)
  return requestPrompt(last, requests, scene)
}

function wholePrompt({ requests }: PlanningRecord, scene: PromptScene): string {
  const { paths, stream, agents, isIsolated, facts, template, plan } = scene
  const draft = draftOf(paths)
  const begin = requests.findLastIndex(({ kind }) => kind === 'goal')
  const goal = requests[begin]?.text ?? ''
  const since = requests.slice(begin + 1)
  const isRevised = begin === -1 || readDraft(paths) !== undefined
  const first = planningPrompt({
    goal: goal || (since[0]?.text ?? ''),
    draft,
    stream,
    agents,
    isIsolated,
    facts,
    ...(template !== undefined && { template }),
    ...(isRevised && plan !== undefined && { plan }),
  })
  const told = since.filter((request) => request !== requests.at(-1) && request.kind === 'revise')
  const last = since.at(-1)
  return [
    first,
    ...told.map((request) => requestPrompt(request, requests, scene)),
    ...(last === undefined ? [] : [requestPrompt(last, requests, scene)]),
  ]
    .filter((part) => part !== '')
    .join('\n')
}

function requestPrompt(
  request: PlanningRequest,
  requests: readonly PlanningRequest[],
  scene: PromptScene,
): string {
  const draft = draftOf(scene.paths)
  switch (request.kind) {
    case 'revise':
      return revisionPrompt({ draft, request: request.text ?? '', isStarted: scene.isStarted })
    case 'repair': {
      const asked = requests.findLastIndex(({ kind }) => kind !== 'repair')
      const left = Math.max(0, mostRepairs - (requests.length - 1 - asked))
      return repairPrompt({ draft, problems: request.problems ?? [], left })
    }
    case 'goal':
    case 'edit':
      return ''
  }
}

function draftOf({ root, draft }: PlanningPaths): string {
  return relative(root, draft)
}
