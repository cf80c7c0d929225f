import { expect, it } from 'vitest'
import { planningPaths, workspaceAt } from '../../src/paths.ts'
import { promptOf } from '../../src/planning/session-prompt.ts'
import type { PlanningRequest } from '../../src/store/tasks/schema.ts'
import { session } from '../builders/records.ts'

const scene = {
  stream: '001-x',
  paths: planningPaths(workspaceAt('/repo'), '001-x'),
  agents: [],
  isIsolated: false,
  facts: { files: [], more: 0, readme: undefined, manifests: [], testCommand: undefined },
  isStarted: false,
  mostRepairs: 3,
}

const goal = request({ kind: 'goal', text: 'Find pages.' })
const change = request({ kind: 'revise', text: 'Docs last.' })
const repair = request({ kind: 'repair', problems: ['PLAN.draft.md:1: Bad.'] })

function request(fields: Pick<PlanningRequest, 'kind'> & Partial<PlanningRequest>): PlanningRequest {
  return { at: '', sessions: 0, ...fields }
}

function prompt(mode: 'fresh' | 'resume', ...requests: PlanningRequest[]): string {
  return promptOf(session({ mode }), { requests, versions: [] }, scene)
}

it('is everything in a new session: the goal, changes since, and what is wrong now', () => {
  const told = prompt('fresh', goal, request({ kind: 'repair', problems: ['Old.'] }), change, repair)
  expect(told).toContain('## The goal\n\nFind pages.')
  expect(told).toContain('Docs last.')
  expect(told).toContain('- PLAN.draft.md:1: Bad.\n')
  expect(told).not.toContain('Old.')
})

it('is only the last request in a session that is resumed', () => {
  expect(prompt('resume', goal, change)).not.toContain('Find pages.')
  expect(prompt('resume', goal, change)).toContain('Docs last.')
  expect(prompt('resume', goal, change, repair)).toContain('It is checked again, 3 times at most.')
  expect(prompt('resume', goal, change, repair, repair, repair)).toContain('It is checked once more.')
})

it('continues with a goal that was interrupted', () => {
  expect(prompt('resume', goal)).toBe(
    'You were interrupted. Continue with the plan, and write it to `work/001-x/PLAN.draft.md`.\n',
  )
})

it('begins with the change where nobody planned before, also after the user has edited', () => {
  const told = prompt('fresh', request({ kind: 'edit' }), change)
  expect(told).toContain('Change the plan of the workstream 001-x.')
  expect(told).toContain('## What to change\n\nDocs last.')
})
