import { describe, expect, it } from 'vitest'
import { planningPrompt, repairPrompt, revisionPrompt } from '../../src/planning/prompt.ts'
import { agent } from '../builders/agents.ts'

const input = {
  goal: 'Add a search box.',
  draft: 'work/001-x/PLAN.draft.md',
  stream: '001-x',
  agents: [agent(), agent({ name: 'deep', description: 'Thinks long.', best_for: 'hard\nparts' })],
  isIsolated: false,
  facts: { files: ['a.ts'], more: 3, readme: undefined, manifests: [], testCommand: 'npm test' },
  isRevision: false,
}

describe('the prompt of an agent that plans', () => {
  it('has the goal, the file, the agents, and what is known of the repository', () => {
    const prompt = planningPrompt(input)
    expect(prompt).toContain('## The goal\n\nAdd a search box.')
    expect(prompt).toContain(
      'Write the whole plan to `work/001-x/PLAN.draft.md`, and nothing else to any other file.',
    )
    expect(prompt).toContain('- default\n- deep: Thinks long. Best for: hard parts\n')
    expect(prompt).toContain('a.ts\nand 3 more')
    expect(prompt).toContain('Its tests run with `npm test`.')
    expect(prompt).toContain('they must not touch the same files')
    expect(prompt).toContain('###### Thread 01: Schema')
  })

  it('says what threads in clones may do, and what to do with a template', () => {
    const prompt = planningPrompt({ ...input, isIsolated: true, template: 'bugfix' })
    expect(prompt).not.toContain('must not touch the same files')
    expect(prompt).toContain('begins as a template. Fill it in')
  })

  it('quotes files whose own fences do not end the quotation', () => {
    const readme = { path: 'README.md', text: '````\ncode\n````' }
    const prompt = planningPrompt({ ...input, facts: { ...input.facts, readme } })
    expect(prompt).toContain('`README.md`:\n\n`````text\n````\ncode\n````\n`````')
  })

  it('passes on no control characters', () => {
    expect(planningPrompt({ ...input, goal: 'Add\u001B[31m a \u202Ebox' })).toContain('Add a box')
  })
})

describe('what a session gets later', () => {
  it('are problems with their lines, and how often they are checked again', () => {
    const prompt = repairPrompt({ draft: 'D.md', problems: ['D.md:3: No batches.'], left: 2 })
    expect(prompt).toContain('1 problem, with the line in `D.md`:\n\n- D.md:3: No batches.\n')
    expect(prompt).toContain('It is checked again, 3 times at most.')
    expect(repairPrompt({ draft: 'D.md', problems: [], left: 0 })).toContain('It is checked once more.')
  })

  it('is the sentence of the user, and what must stay once threads have run', () => {
    const request = 'Docs last.'
    expect(revisionPrompt({ draft: 'D.md', request, isStarted: false })).not.toContain('have been run')
    expect(revisionPrompt({ draft: 'D.md', request, isStarted: true })).toContain(
      'keep their names, steps and places',
    )
  })
})
