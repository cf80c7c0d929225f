import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { planText } from '../builders/plan.ts'
import type { TestWorkspace } from '../helpers/cli.ts'
import { cloneOf, git, mainState, makeIsolated } from '../helpers/isolated.ts'
import { succeed, tasksOf } from '../helpers/scene.ts'

const three = planText([[[['Lexer'], ['Parser'], ['Printer']]]])

const own = (name: string) =>
  `import { writeFileSync } from 'node:fs'\nwriteFileSync('${name}.txt', '${name}\\n')\n`
const fails = `${own('b')}process.exit(3)`

/** Threads 1 and 3 are merged; 2 has failed, with work in its clone. */
async function makeRun(scripts: Record<string, string> = {}): Promise<TestWorkspace> {
  const all = { '01.01.01': own('a'), '01.01.02': fails, '01.01.03': own('c'), ...scripts }
  const workspace = await makeIsolated(three, all)
  expect((await workspace.work('run', '--yes')).code).toBe(1)
  return workspace
}

/** All refs, and the folders of clones: what a dry run must not change. */
function refsAndClones(workspace: TestWorkspace): string {
  const clones = ['01.01.01', '01.01.02', '01.01.03'].map((id) =>
    existsSync(join(workspace.root, cloneOf(id))),
  )
  return `${git(workspace, 'for-each-ref')}\n${clones.join(' ')}\n${mainState(workspace)}`
}

describe('work diff', () => {
  test('shows what a thread changed: merged, or in its clone; and all that is merged', async () => {
    const workspace = await makeRun()
    const before = refsAndClones(workspace)
    expect(await succeed(workspace, 'diff', '1.1.1')).toContain('+a')
    const failed = (await workspace.work('diff', '1.1.2', '--stat', '--json')).json()
    expect(failed).toMatchObject({
      target: '01.01.02',
      changes: [
        { thread: '01.01.02', place: 'clone', to: null, files: [{ path: 'b.txt', added: 1, removed: 0 }] },
      ],
      missing: [],
    })
    const all = await succeed(workspace, 'diff', '--stat')
    expect(all).toContain('2 files changed: +2 -0')
    expect(all).toContain('Not in it: 01.01.02.')
    expect(await succeed(workspace, 'diff', '--stage', '1')).toMatch(
      /Thread 01\.01\.02 .*: its clone as it is now/,
    )
    expect(refsAndClones(workspace)).toBe(before)
  })

  test('shows what is kept of a thread whose clone is gone', async () => {
    const workspace = await makeRun()
    workspace.remove(cloneOf('01.01.02'))
    expect((await workspace.work('diff', '1.1.2', '--json')).json()).toMatchObject({
      changes: [{ place: 'kept', files: [{ path: 'b.txt' }], patch: expect.stringContaining('+b') }],
    })
  })
})

describe('work land', () => {
  test('lands what is merged, says what is not, and leaves other changes as they are', async () => {
    const workspace = await makeRun()
    workspace.write('mine.txt', 'staged\n')
    git(workspace, 'add', 'mine.txt')
    workspace.write('shared.txt', 'my edit\n')
    const before = refsAndClones(workspace)
    const preview = (await workspace.work('land', '--dry-run', '--json')).json()
    expect(preview).toMatchObject({ result: 'planned', into: expect.any(String), unmerged: ['01.01.02'] })
    expect(refsAndClones(workspace)).toBe(before)
    expect(await workspace.work('land')).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(await succeed(workspace, 'land', '--yes')).toContain(
      '2 of 3 threads are merged; not in it: 01.01.02.',
    )
    expect(workspace.read('a.txt')).toBe('a\n')
    expect(workspace.read('shared.txt')).toBe('my edit\n')
    expect(git(workspace, 'diff', '--cached', '--name-only')).toBe('mine.txt')
    const { isolation } = tasksOf(workspace)
    expect(isolation?.landing).toBeUndefined()
    expect(isolation?.landed).toMatchObject({ commit: git(workspace, 'rev-parse', 'HEAD') })
    expect(await succeed(workspace, 'land', '--yes')).toContain(
      'has everything of workstream/001-demo already',
    )
  })

  test('refuses what is in the way by name, and changes nothing', async () => {
    const workspace = await makeRun()
    workspace.write('a.txt', 'precious\n')
    const before = refsAndClones(workspace)
    expect(await workspace.work('land', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a.txt'),
    })
    expect(refsAndClones(workspace)).toBe(before)
    expect(workspace.read('a.txt')).toBe('precious\n')
  })
})

test('work land completes a landing that was killed, and keeps a copy of what it left half-written', async () => {
  const workspace = await makeRun()
  const [from, to] = [git(workspace, 'rev-parse', 'HEAD'), git(workspace, 'rev-parse', 'workstream/001-demo')]
  const file = tasksOf(workspace)
  const into = git(workspace, 'branch', '--show-current')
  const landing = { tip: to, into, from, to, kind: 'fast-forward', at: '2026-01-01T00:00:00.000Z' }
  workspace.write('work/001-demo/tasks.json', { ...file, isolation: { ...file.isolation, landing } })
  // As the kill has left them: one file is new, and one is half.
  workspace.write('a.txt', 'a\n')
  workspace.write('c.txt', 'half')
  const { code, stderr } = await workspace.work('land', '--yes')
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/half-written are in work\/\.run\/rescued\/.*c\.txt/)
  expect([workspace.read('a.txt'), workspace.read('c.txt')]).toEqual(['a\n', 'c\n'])
  expect(git(workspace, 'rev-parse', 'HEAD')).toBe(to)
  expect(tasksOf(workspace).isolation).toMatchObject({ landed: { commit: to, into } })
  expect(tasksOf(workspace).isolation).not.toHaveProperty('landing')
})

describe('work merge --from', () => {
  test("merges a branch of the user's into the workstream's, and touches no file", async () => {
    const workspace = await makeRun()
    const branch = git(workspace, 'branch', '--show-current')
    workspace.write('later.txt', 'later\n')
    git(workspace, 'add', 'later.txt')
    git(workspace, 'commit', '-qm', 'later')
    await succeed(workspace, 'merge', '--from', branch)
    expect(git(workspace, 'show', 'workstream/001-demo:later.txt')).toBe('later')
    expect((await workspace.work('merge', '--from', branch, '--json')).json()).toMatchObject({
      type: 'nothing',
    })
  })
})

describe('work clean', () => {
  test('removes what is merged and keeps the rest with the reason; a dry run changes nothing', async () => {
    const workspace = await makeRun()
    const before = refsAndClones(workspace)
    expect((await workspace.work('clean', '--dry-run', '--json')).json()).toMatchObject({
      clones: [
        { thread: '01.01.01', state: 'merged', action: 'remove' },
        { thread: '01.01.02', state: 'unmerged', action: 'keep' },
        { thread: '01.01.03', state: 'merged', action: 'remove' },
      ],
    })
    expect(refsAndClones(workspace)).toBe(before)
    const shown = await succeed(workspace, 'clean')
    expect(shown).toMatch(/001-01\.01\.02 .* Its work is not merged: failed/)
    expect(shown).toContain('2 clones removed')
    expect(existsSync(join(workspace.root, cloneOf('01.01.01')))).toBe(false)
    expect(existsSync(join(workspace.root, cloneOf('01.01.02')))).toBe(true)
    expect((await workspace.work('clean', '--thread', '1.1.2')).code).toBe(1)
  })

  test('keeps a merged clone with changes that are only there, or files that git ignores', async () => {
    const ignored = `${own('c')}import { mkdirSync } from 'node:fs'\nmkdirSync('ignored')\nwriteFileSync('ignored/x', 'x')\n`
    const workspace = await makeRun({ '01.01.03': ignored })
    workspace.write(`${cloneOf('01.01.01')}/only-here.txt`, 'x')
    expect((await workspace.work('clean', '--json')).json()).toMatchObject({
      clones: [
        { thread: '01.01.01', action: 'keep', reasons: [expect.any(String)] },
        { thread: '01.01.02', action: 'keep' },
        { thread: '01.01.03', action: 'keep', left: ['ignored/'] },
      ],
    })
    await succeed(workspace, 'clean', '--force')
    expect(existsSync(join(workspace.root, cloneOf('01.01.01'), 'only-here.txt'))).toBe(true)
    expect(existsSync(join(workspace.root, cloneOf('01.01.03')))).toBe(false)
  })

  test('keeps the last state of a thread that the user completed, and drops it on request', async () => {
    const workspace = await makeRun()
    await succeed(workspace, 'session', 'complete', '--thread', '1.1.2', '--drop')
    await succeed(workspace, 'clean')
    expect(existsSync(join(workspace.root, cloneOf('01.01.02')))).toBe(false)
    expect(git(workspace, 'show', 'refs/work/001-demo/01.01.02/dropped:b.txt')).toBe('b')
    await succeed(workspace, 'clean', '--saved')
    expect(git(workspace, 'for-each-ref', 'refs/work/')).toBe('')
  })
})

describe('work that is not merged', () => {
  test('is given up only on request, and stays below refs/work', async () => {
    const workspace = await conflicting()
    const { code, stderr } = await workspace.work('session', 'complete', '--thread', '1.1.2', '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('The work of 01.01.02 is not merged')
    expect(stderr).toContain('work session complete --thread 01.01.02 --drop')
    expect(git(workspace, 'for-each-ref', 'refs/work/001-demo/01.01.02/dropped')).toBe('')
    await succeed(workspace, 'session', 'complete', '--thread', '1.1.2', '--drop')
    expect(git(workspace, 'show', 'refs/work/001-demo/01.01.02/dropped:shared.txt')).toContain('two-b')
    expect(await succeed(workspace, 'status')).toContain('100%')
  })

  test('keeps its workstream from being removed, unless that is forced', async () => {
    const workspace = await conflicting()
    git(workspace, 'add', '--all', 'work')
    git(workspace, 'commit', '-qm', 'work')
    const { code, stderr } = await workspace.work('remove', '001-demo', '--yes')
    expect(code).toBe(1)
    expect(stderr).toContain('The work of 01.01.02 is not merged')
    await succeed(workspace, 'remove', '001-demo', '--force')
    expect(readdirSync(join(workspace.root, 'work/.trees'))).toEqual(['.gitignore'])
    expect(git(workspace, 'show', 'refs/work/001-demo/01.01.02/dropped:shared.txt')).toContain('two-b')
    expect(git(workspace, 'rev-parse', '--verify', 'workstream/001-demo')).toMatch(/^[0-9a-f]{40}$/)
  })
})

describe('the approval of a stage', () => {
  test('lands it where agents.yaml says so, and removes its clones', async () => {
    const workspace = await makeIsolated(
      planText([[[['A']]], [[['B']]]]),
      { '01.01.01': own('a') },
      { land: 'stage' },
    )
    await workspace.work('run', '--yes')
    workspace.write('a.txt', 'in the way')
    const refused = await workspace.work('approve', 'stage', '1')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('a.txt')
    expect((await workspace.work('run', '--yes')).stdout).toContain('work approve stage 1')
    expect(git(workspace, 'log', '--format=%s', '-1')).toBe('start')
    workspace.remove('a.txt')
    const stdout = await succeed(workspace, 'approve', 'stage', '1')
    expect(stdout).toContain('workstream/001-demo is landed in master.')
    expect(stdout).toContain('1 clone of it removed.')
    expect(workspace.read('a.txt')).toBe('a\n')
    await succeed(workspace, 'run', '--yes')
  })
})

const change = (word: string) =>
  `import { writeFileSync } from 'node:fs'\nwriteFileSync('shared.txt', 'one\\n${word}\\nthree\\n')`

/** Two threads that changed the same line: the second is not merged. */
async function conflicting() {
  const plan = planText([[[['A'], ['B']]]])
  const workspace = await makeIsolated(plan, { '01.01.01': change('two-a'), '01.01.02': change('two-b') })
  await workspace.work('run', '--yes')
  return workspace
}
