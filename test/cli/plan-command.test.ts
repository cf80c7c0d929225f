import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { TestWorkspace } from '../helpers/cli.ts'
import { callsOf, makePlanner, planningFile, planningSessions, searchPlan } from '../helpers/planning.ts'
import { succeed } from '../helpers/scene.ts'

const plan = 'work/001-search/PLAN.md'
const draft = 'work/001-search/PLAN.draft.md'

function approvalOf(workspace: TestWorkspace): unknown {
  const index = JSON.parse(workspace.read('work/index.json'))
  return index.streams[0]?.approval?.status
}

function isThere(workspace: TestWorkspace, path: string): boolean {
  return existsSync(join(workspace.root, path))
}

describe('work plan', () => {
  test('makes a workstream of a goal, and puts a valid draft in place of its template, not approved', async () => {
    const workspace = await makePlanner(searchPlan())
    const output = await succeed(workspace, 'plan', 'Search')
    expect(output).toContain('Created workstream 001-search (now current).')
    expect(output).toContain('The plan is in work/001-search/PLAN.md, not approved.')
    expect(workspace.read(plan)).toBe(searchPlan())
    expect(isThere(workspace, draft)).toBe(false)
    expect(approvalOf(workspace)).toBeUndefined()
    const [session, ...more] = planningSessions(workspace)
    expect(more).toEqual([])
    expect(session).toMatchObject({ status: 'completed', attempt: 1, mode: 'fresh', exitCode: 0 })
    expect(callsOf(workspace)).toHaveLength(1)
    expect(callsOf(workspace)[0]).toContain('Search')
    expect(callsOf(workspace)[0]).toContain(draft)
  })

  test('reports the problems of a draft to the same session, with their lines', async () => {
    const workspace = await makePlanner('# Plan: Search\n', searchPlan())
    const { json, code } = await workspace.work('plan', 'Search', '--json')
    expect(code).toBe(0)
    expect(json()).toMatchObject({ end: 'left', problems: [], questions: [], draft: null, version: 1 })
    const [first, second] = planningSessions(workspace)
    expect(second).toMatchObject({ mode: 'resume', sessionId: first?.sessionId, attempt: 2 })
    const told = callsOf(workspace)[1]
    expect(told).toMatch(/^1\n/)
    expect(told).toContain('PLAN.draft.md:1: The plan has no "## Summary".')
  })

  test('gives up after three repairs, and keeps the draft with its problems', async () => {
    const drafts = Array.from({ length: 4 }, (_, index) => `# Plan: Search ${index}\n`)
    const workspace = await makePlanner(...drafts, searchPlan())
    const { code, stdout } = await workspace.work('plan', 'Search')
    expect(code).toBe(1)
    expect(stdout).toContain('so it did not become the plan')
    expect(callsOf(workspace)).toHaveLength(4)
    expect(workspace.read(draft)).toBe('# Plan: Search 3\n')
    expect(workspace.read('work/001-search/PLAN.draft.problems.txt')).toContain('## Summary')
    expect(workspace.read(plan)).toContain('<!-- Stage Name -->')
  })

  test.each([
    ['a link that leads away', "symlinkSync('/etc/hostname', draft)", 'is a symbolic link to /etc/hostname'],
    ['a folder', 'mkdirSync(draft)', "can't be read: EISDIR"],
    ['no text', 'writeFileSync(draft, Buffer.from([0xff, 0xfe, 0x61]))', 'is not in UTF-8'],
  ])('reports %s in place of the draft, and can be given another one', async (_, action, words) => {
    const program = `
      import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
      ${action.replace('draft', "'work/001-search/PLAN.draft.md'")}`
    const workspace = await makePlanner({ program }, { program: '' }, { program: '' }, { program: '' })
    const { code, stdout, stderr } = await workspace.work('plan', 'Search')
    expect(code, stderr).toBe(1)
    expect(stdout).toContain(words)
    expect(callsOf(workspace)[1]).toContain(words)
    expect(workspace.read(plan)).toContain('<!-- Stage Name -->')
  })

  test('asks an agent again that wrote nothing', async () => {
    const workspace = await makePlanner(null, searchPlan())
    await succeed(workspace, 'plan', 'Search')
    expect(callsOf(workspace)[1]).toContain('PLAN.draft.md was not written.')
  })

  test('ends with why its agent failed, and starts it again on request, in the same session', async () => {
    const workspace = await makePlanner({ program: 'process.exit(3)' }, searchPlan())
    const { code, stdout } = await workspace.work('plan', 'Search')
    expect(code).toBe(1)
    expect(stdout).toContain('Agent default did not complete the draft: failed: exit code 3')
    expect(stdout).toContain('work plan --retry')
    const again = await workspace.work('plan')
    expect(again.code).toBe(1)
    expect(callsOf(workspace)).toHaveLength(1)
    await succeed(workspace, 'plan', '--retry')
    const [first, second] = planningSessions(workspace)
    expect(second).toMatchObject({ sessionId: first?.sessionId, mode: 'resume', status: 'completed' })
  })

  test('approves with --yes, but no draft with open questions', async () => {
    const workspace = await makePlanner(searchPlan({ questions: ['Which engine?'] }), searchPlan())
    const asked = await workspace.work('plan', 'Search', '--yes')
    expect(asked.code).toBe(1)
    expect(asked.stdout).toContain(
      '1 open question, so it was not approved:\nline 13: stage 01: Which engine?',
    )
    expect(approvalOf(workspace)).toBeUndefined()
    const output = await succeed(workspace, 'plan', '--revise', 'Take SQLite.', '--yes')
    expect(output).toContain('Plan approved: 1 thread with 1 task.\n  → work run')
    expect(approvalOf(workspace)).toBe('approved')
    expect(callsOf(workspace)[1]).toContain('Take SQLite.')
  })

  test('never approves inside a session, where it may draft', async () => {
    const workspace = await makePlanner(searchPlan(), searchPlan())
    const env = { WORKSTREAM_ROLE: 'AGENT' }
    const refused = await workspace.run(['plan', 'Search', '--yes'], { env })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('approval is up to the user')
    expect(callsOf(workspace)).toEqual([])
    const drafted = await workspace.run(['plan', 'Search'], { env })
    expect(drafted.code).toBe(0)
    expect(approvalOf(workspace)).toBeUndefined()
  })

  test('is known by its name to logs and lists', async () => {
    const workspace = await makePlanner(searchPlan())
    await succeed(workspace, 'plan', 'Search')
    expect(await succeed(workspace, 'logs', 'plan')).toBe('call 1\n')
    expect(await succeed(workspace, 'session', 'list')).toMatch(/^plan +#1 +completed/m)
    expect(await succeed(workspace, 'session', 'list', 'plan')).toContain('completed')
    const stopped = await workspace.work('stop', 'plan')
    expect(stopped.stderr).toContain('No agent is planning 001-search.')
  })
})

describe('a plan that is there', () => {
  const before = searchPlan()
  const after = searchPlan({ threads: ['Index', 'Page'] })

  test('is revised in a copy, and replaced when that is approved', async () => {
    const workspace = await makePlanner(before, after)
    await succeed(workspace, 'plan', 'Search', '--yes')
    const output = await succeed(workspace, 'plan', '--revise', 'Add a page.')
    expect(output).toContain(`The draft is in ${draft}. PLAN.md is as it was.`)
    expect(workspace.read(plan)).toBe(before)
    expect(await succeed(workspace, 'status')).toContain(
      'A change of the plan is drafted, and waits for your review.',
    )
    await succeed(workspace, 'plan', '--yes')
    expect(workspace.read(plan)).toBe(after)
    expect(JSON.parse(workspace.read('work/001-search/tasks.json')).tasks).toHaveLength(2)
    expect(callsOf(workspace)).toHaveLength(2)
  })

  test('is not replaced where somebody changed it in the meantime, and nothing is lost', async () => {
    const workspace = await makePlanner(before, after)
    await succeed(workspace, 'plan', 'Search', '--yes')
    await succeed(workspace, 'plan', '--revise', 'Add a page.')
    const own = before.replace('Visitors find pages.', 'Visitors find all pages.')
    workspace.write(plan, own)
    const { code, stderr } = await workspace.work('plan', '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('PLAN.md was changed by someone else since the draft began')
    expect(workspace.read(plan)).toBe(own)
    expect(workspace.read(draft)).toBe(after)
  })

  test('that is only notes so far is not replaced unasked, and kept when it is replaced', async () => {
    const notes = '# Plan: Search\n\n## Summary\n\nFirst the index, then the page.\n'
    const workspace = await makePlanner(before)
    await succeed(workspace, 'create', 'search')
    workspace.write(plan, notes)
    const output = await succeed(workspace, 'plan', 'Search', '--stream', 'search')
    expect(output).toContain(`The draft is in ${draft}. PLAN.md is as it was.`)
    expect(workspace.read(plan)).toBe(notes)
    await succeed(workspace, 'plan', '--yes')
    expect(workspace.read(plan)).toBe(before)
    expect(workspace.read('work/001-search/planning/versions/001.md')).toBe(notes)
  })

  test('written by hand is revised, too, and kept as a version', async () => {
    const workspace = await makePlanner(after)
    await succeed(workspace, 'create', 'search')
    workspace.write(plan, before)
    await succeed(workspace, 'plan', '--revise', 'Add a page.', '--yes')
    expect(callsOf(workspace)[0]).toContain('Add a page.')
    expect(callsOf(workspace)[0]).toContain('Change the plan of the workstream 001-search.')
    const history = await workspace.work('plan', '--history', '--json')
    expect(history.json()).toMatchObject({
      versions: [
        { number: 1, by: 'user', current: false },
        { number: 2, by: 'agent', current: true },
      ],
    })
    expect(workspace.read('work/001-search/planning/versions/001.md')).toBe(before)
  })

  test('is restored from its versions, and the draft of a change is given up', async () => {
    const workspace = await makePlanner(before, after)
    await succeed(workspace, 'plan', 'Search', '--yes')
    await succeed(workspace, 'plan', '--revise', 'Add a page.')
    const refused = await workspace.work('plan', '--restore', '1')
    expect(refused.stderr).toContain('A draft is open')
    expect(await succeed(workspace, 'plan', '--discard')).toContain('it is version 2. PLAN.md is as it was.')
    expect(isThere(workspace, draft)).toBe(false)
    expect(await succeed(workspace, 'plan', '--restore', '2')).toContain('PLAN.md is as version 2 again.')
    expect(workspace.read(plan)).toBe(after)
    const missing = await workspace.work('plan', '--restore', '9')
    expect(missing).toMatchObject({ code: 2 })
    expect(missing.stderr).toContain('The plan has no version 9. There are 1 to 4.')
  })

  test('whose draft was given up is planned again with the same words', async () => {
    const workspace = await makePlanner(searchPlan({ questions: ['Which?'] }), before, after, after)
    const notes = '# Plan: Search\n\nNotes.\n'
    await succeed(workspace, 'create', 'search')
    workspace.write(plan, notes)
    await succeed(workspace, 'plan', 'Search', '--stream', 'search')
    await succeed(workspace, 'plan', '--discard')
    await succeed(workspace, 'plan', 'Search', '--stream', 'search', '--yes')
    expect(workspace.read(plan)).toBe(before)
    for (const count of [3, 4]) {
      await succeed(workspace, 'plan', '--revise', 'Add a page.')
      expect(callsOf(workspace)).toHaveLength(count)
      await succeed(workspace, 'plan', '--discard')
    }
  })

  test('with tasks is changed by a goal, too, and not planned from nothing', async () => {
    const workspace = await makePlanner(before, after)
    await succeed(workspace, 'plan', 'Search', '--yes')
    await succeed(workspace, 'plan', 'Add a page.', '--stream', 'search', '--yes')
    expect(callsOf(workspace)[1]).toContain('The user wants the plan changed:\n\nAdd a page.')
    expect(planningFile(workspace).planning?.requests.map(({ kind }) => kind)).toEqual(['goal', 'revise'])
    expect(workspace.read(plan)).toBe(after)
  })

  test('that runs is not changed where that would move a running thread', async () => {
    const workspace = await makePlanner(before, null, searchPlan({ threads: ['Other'] }))
    await succeed(workspace, 'plan', 'Search', '--yes')
    await succeed(workspace, 'run')
    const { code, stderr } = await workspace.work('plan', '--revise', 'Another one.', '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('PLAN.md has changed for threads that are recorded in tasks.json')
    expect(workspace.read(plan)).toBe(before)
    expect(planningFile(workspace).planning?.settled_at).toBeUndefined()
  })
})

describe('what is asked for', () => {
  test('comes from a file, from standard input, or from words', async () => {
    const workspace = await makePlanner(searchPlan(), searchPlan(), searchPlan())
    workspace.write('brief.md', '# Find pages\n\nQuickly.\n')
    await succeed(workspace, 'plan', '--from', 'brief.md')
    expect(callsOf(workspace)[0]).toContain('# Find pages\n\nQuickly.')
    const piped = await workspace.run(['plan', '--from', '-'], { input: 'Find people\n' })
    expect(piped.stdout).toContain('Created workstream 002-find-people')
    await succeed(workspace, 'plan', 'Find', 'pages', '--name', 'pages')
    expect(planningFile(workspace, '003-pages').planning?.requests[0]).toMatchObject({
      kind: 'goal',
      text: 'Find pages',
    })
  })

  test.each([
    [['plan'], 'Say what the plan is for.', 2],
    [['plan', ' '], 'The goal is empty.', 2],
    [['plan', '--from', 'nothing.md'], 'nothing.md does not exist.', 2],
    [['plan', 'a', '--revise', 'b'], "a goal and --revise can't be combined.", 2],
    [['plan', '--revise', ' '], '--revise needs words', 2],
    [['plan', '--history', '--restore', '1'], "--history and --restore can't be combined.", 2],
    [['plan', 'Search', '--agent', 'nobody'], 'Agent "nobody" not found', 2],
    [['plan', 'Search', '--model', 'none'], 'Agent "default" has no model none.', 2],
  ])('%j is refused, and nothing is made', async (args, words, code) => {
    const workspace = await makePlanner()
    const refused = await workspace.work(...args)
    expect(refused.stderr).toContain(words)
    expect(refused.code).toBe(code)
    expect(callsOf(workspace)).toEqual([])
    expect(JSON.parse(workspace.read('work/index.json')).streams).toEqual([])
  })

  test('begins as a template, which the agent fills in, or the user', async () => {
    const workspace = await makePlanner(null, searchPlan())
    await succeed(workspace, 'plan', 'Search', '--template', 'bugfix')
    expect(callsOf(workspace)[0]).toContain('begins as a template. Fill it in')
    expect(callsOf(workspace)[1]).toContain('PLAN.draft.md is as it was before: nothing was changed in it.')
    workspace.write('work/templates/release.md', '# Plan: <!-- which -->\n')
    const filled = await succeed(workspace, 'plan', '--template', 'release')
    expect(filled).toBe('Created workstream 002-release (now current).\n  → work edit\n')
    expect(workspace.read('work/002-release/PLAN.md')).toBe('# Plan: <!-- which -->\n')
    const unknown = await workspace.work('plan', 'x', '--template', 'relaese')
    expect(unknown.stderr).toContain('Templates: bugfix, feature, migration, refactor, release.')
    expect(unknown.stderr).toContain('--template release')
  })

  test('comes from an issue, read by gh', async () => {
    const workspace = await makePlanner(searchPlan())
    const gh = `#!${process.execPath}\nconsole.log(JSON.stringify({ number: 7, title: 'Search is slow', body: process.argv.slice(2).join(' '), url: 'https://example.org/7' }))\n`
    workspace.write('bin/gh', gh)
    const { chmodSync } = await import('node:fs')
    chmodSync(join(workspace.root, 'bin/gh'), 0o755)
    const env = { PATH: `${join(workspace.root, 'bin')}:${process.env['PATH'] ?? ''}` }
    const { stdout } = await workspace.run(['plan', '--issue', '7'], { env })
    expect(stdout).toContain('Created workstream 001-search-is-slow')
    expect(callsOf(workspace)[0]).toContain('issue view 7 --json')
  })
})
