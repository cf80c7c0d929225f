import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { threadsOf } from '../../src/threads/thread.ts'
import { planText } from '../builders/plan.ts'
import { cloneOf, git, gitAt, inBranch, mainState, makeIsolated, merges } from '../helpers/isolated.ts'
import { sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'

const three = planText([[[['Lexer'], ['Parser'], ['Printer']]]])

/** Writes a file of its own, and a line of the shared one. */
const write = (line: string) => `
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
writeFileSync('${line}.txt', '${line}\\n')
writeFileSync('shared.txt', readFileSync('shared.txt', 'utf8').replace('two', '${line}'))`

/** Merges what the prompt names, and keeps both sides. */
const merge = `
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
const prompt = readFileSync(process.env.WORK_ROOT + '/scripts/01.01.02-2.prompt', 'utf8')
const commit = /git merge ([0-9a-f]{40})/.exec(prompt)[1]
try { execFileSync('git', ['merge', commit], { stdio: 'ignore' }) } catch {}
writeFileSync('shared.txt', 'one\\nlexer and parser\\nthree\\n')
execFileSync('git', ['commit', '-qam', 'both'])`

const own = (name: string) =>
  `import { writeFileSync } from 'node:fs'\nwriteFileSync('${name}', '${name}\\n')`

describe('threads in clones', () => {
  test('are merged in the order of the plan, and the main tree stays as it was', async () => {
    const workspace = await makeIsolated(three, {
      // The first one is the last to end.
      '01.01.01': `${own('a')}\nawait new Promise((done) => setTimeout(done, 700))`,
      '01.01.02': own('b'),
      '01.01.03': own('c'),
    })
    const before = mainState(workspace)
    await succeed(workspace, 'run', '--yes')
    expect(mainState(workspace)).toBe(before)
    expect(merges(workspace)).toEqual([
      'Merge thread 01.01.03 "Thread 03"',
      'Merge thread 01.01.02 "Thread 02"',
      'Merge thread 01.01.01 "Thread 01"',
      'start',
    ])
    expect(['a', 'b', 'c'].map((name) => inBranch(workspace, name))).toEqual(['a', 'b', 'c'])
    expect(existsSync(join(workspace.root, 'a'))).toBe(false)
  })

  test('can do in git what they like: nobody else sees it', async () => {
    const careless = `
import { execFileSync } from 'node:child_process'
const git = (...args) => execFileSync('git', args, { stdio: 'ignore' })
import { writeFileSync } from 'node:fs'
writeFileSync('shared.txt', process.env.WORK_THREAD)
git('stash')
git('checkout', '-qb', 'mine')
git('branch', '-M', 'mine', 'other')
git('config', 'core.bare', 'false')
git('gc', '--prune=now', '-q')
git('reset', '--hard', '-q')
writeFileSync(process.env.WORK_THREAD, 'x')`
    const workspace = await makeIsolated(three, { '01.01.01': careless, '01.01.02': careless })
    const before = mainState(workspace)
    await succeed(workspace, 'run', '--yes')
    expect(mainState(workspace)).toBe(before)
    expect(inBranch(workspace, '01.01.01')).toBe('x')
    expect(inBranch(workspace, 'shared.txt')).toBe('one\ntwo\nthree')
    expect(git(workspace, 'fsck', '--no-dangling')).toBe('')
  })

  test('with changes to the same lines hold up only the later one, which its agent merges', async () => {
    const workspace = await makeIsolated(three, {
      '01.01.01': write('lexer'),
      '01.01.02-1': write('parser'),
      '01.01.02-2': merge,
      '01.01.03': own('c'),
    })
    const before = mainState(workspace)
    const { code, stdout } = await workspace.work('run', '--yes')
    expect(code).toBe(1)
    expect(stdout).toContain('01.01.02')
    expect(mainState(workspace)).toBe(before)
    expect(merges(workspace)).toEqual([
      'Merge thread 01.01.03 "Thread 03"',
      'Merge thread 01.01.01 "Thread 01"',
      'start',
    ])
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([{ status: 'completed', deliver: 'merge' }])
    expect(deliveryOf(workspace, '01.01.02')).toMatchObject({
      stopped: { status: 'failed', reason: 'conflict' },
      conflict: { files: [{ path: 'shared.txt', kind: 'contents', with: ['01.01.01'] }] },
    })
    await succeed(workspace, 'fix', '--thread', '01.01.02', '--resume', '--yes')
    expect(workspace.read('scripts/01.01.02-2.prompt')).toContain('01.01.01 "Thread 01"')
    expect(merges(workspace)[0]).toBe('Merge thread 01.01.02 "Thread 02"')
    expect(inBranch(workspace, 'shared.txt')).toBe('one\nlexer and parser\nthree')
    expect(inBranch(workspace, 'parser.txt')).toBe('parser')
    expect(mainState(workspace)).toBe(before)
  })

  test('can be merged by hand, then delivered', async () => {
    const workspace = await makeIsolated(three, { '01.01.01': write('lexer'), '01.01.02': write('parser') })
    await workspace.work('run', '--yes')
    const { code: still } = await workspace.work('merge')
    expect(still).toBe(1)
    const clone = cloneOf('01.01.02')
    const onto = git(workspace, 'rev-parse', 'workstream/001-demo')
    expect(() => gitAt(workspace, clone, 'merge', '-q', onto)).toThrow('git merge')
    // Conflict markers are not merged.
    gitAt(workspace, clone, 'commit', '-qam', 'not resolved')
    const refused = await workspace.work('merge', '--thread', '01.01.02')
    expect(refused.code).toBe(1)
    expect(deliveryOf(workspace, '01.01.02')).toMatchObject({ stopped: { reason: 'tree' } })
    workspace.write(`${clone}/shared.txt`, 'one\nby hand\nthree\n')
    await succeed(workspace, 'merge', '--thread', '01.01.02')
    expect(inBranch(workspace, 'shared.txt')).toBe('one\nby hand\nthree')
    expect(sessionsOf(workspace, '01.01.02')).toHaveLength(1)
    const none = await workspace.work('merge')
    expect(none.stdout).toContain('no finished work waits')
    const again = await workspace.work('merge', '--thread', '01.01.02')
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('its work is merged already')
  })

  test('are verified as they will be: green alone and red together is not merged', async () => {
    const check =
      'const { existsSync } = require("fs"); if (existsSync("a") && existsSync("b") && !existsSync("fixed")) { console.log("a and b do not go together"); process.exit(3) }'
    const workspace = await makeIsolated(
      three,
      { '01.01.01': own('a'), '01.01.02-1': own('b'), '01.01.02-2': own('fixed') },
      { verify: [[process.execPath, '-e', check]] },
    )
    const { code, stdout } = await workspace.work('run', '--yes')
    expect(code).toBe(1)
    expect(stdout).toContain('verify failed')
    expect(merges(workspace)).not.toContain('Merge thread 01.01.02 "Thread 02"')
    expect(deliveryOf(workspace, '01.01.02')).toMatchObject({
      stopped: { reason: 'verify' },
      verified: { code: 3, log: 'work/001-demo/logs/01.01.02/1.verify.log' },
    })
    await succeed(workspace, 'continue', '--fix', '--yes')
    expect(workspace.read('scripts/01.01.02-2.prompt')).toContain('    a and b do not go together')
    expect(merges(workspace)[0]).toBe('Merge thread 01.01.02 "Thread 02"')
    expect(inBranch(workspace, 'fixed')).toBe('fixed')
  })

  test('continue in the same clone, even if somebody has deleted it', async () => {
    const workspace = await makeIsolated(planText([[[['Lexer']]]]), {
      '01.01.01-1': `
import { rmSync, writeFileSync } from 'node:fs'
writeFileSync('new.txt', 'not committed')
writeFileSync('shared.txt', 'changed')
process.exit(3)`,
      '01.01.01-2': `
import { readFileSync, writeFileSync } from 'node:fs'
writeFileSync('seen.txt', readFileSync('new.txt', 'utf8') + ', ' + readFileSync('shared.txt', 'utf8'))`,
    })
    await workspace.work('run', '--yes')
    rmSync(join(workspace.root, cloneOf('01.01.01')), { recursive: true })
    await succeed(workspace, 'fix', '--thread', '01.01.01', '--resume', '--yes')
    expect(inBranch(workspace, 'seen.txt')).toBe('not committed, changed')
    expect(sessionsOf(workspace, '01.01.01').map(({ cwd }) => cwd)).toEqual([
      cloneOf('01.01.01'),
      cloneOf('01.01.01'),
    ])
  })

  test('that have lost their git folder continue with all files, and undo nothing of others', async () => {
    const workspace = await makeIsolated(three, {
      '01.01.01-1': `${own('a')}\nimport { rmSync } from 'node:fs'\nrmSync('.git', { recursive: true })`,
      '01.01.02': own('b'),
    })
    await workspace.work('run', '--yes')
    expect(deliveryOf(workspace, '01.01.01')).toMatchObject({ stopped: { reason: 'tree' } })
    expect(inBranch(workspace, 'b')).toBe('b')
    await succeed(workspace, 'fix', '--thread', '01.01.01', '--resume', '--yes')
    expect(['a', 'b', 'shared.txt'].map((name) => inBranch(workspace, name))).toEqual([
      'a',
      'b',
      'one\ntwo\nthree',
    ])
  })

  test('start over from the newest tip with --fresh, and what was there is kept', async () => {
    const workspace = await makeIsolated(planText([[[['Lexer']]]]), {
      '01.01.01-1': `${own('wrong')}\nprocess.exit(3)`,
      '01.01.01-2': own('right'),
    })
    await workspace.work('run', '--yes')
    await succeed(workspace, 'fix', '--thread', '01.01.01', '--retry', '--fresh', '--yes')
    expect(inBranch(workspace, 'right')).toBe('right')
    expect(() => inBranch(workspace, 'wrong')).toThrow('wrong')
    expect(git(workspace, 'show', 'refs/work/001-demo/01.01.01/1:wrong')).toBe('wrong')
  })

  test('never change the state files by what they leave below work/', async () => {
    const workspace = await makeIsolated(planText([[[['Lexer']]]]), {
      '01.01.01': `${own('a')}
writeFileSync('work/001-demo/PLAN.md', 'nonsense')
writeFileSync('work/001-demo/tasks.json', '{}')`,
    })
    await succeed(workspace, 'run', '--yes')
    expect(git(workspace, 'diff', '--name-only', 'main...workstream/001-demo'.replace('main', 'HEAD'))).toBe(
      'a',
    )
    expect(deliveryOf(workspace, '01.01.01')).toMatchObject({
      outside: ['work/001-demo/PLAN.md', 'work/001-demo/tasks.json'],
    })
  })
})

describe('without isolation', () => {
  test('verify decides whether a thread is completed', async () => {
    const verify = [[process.execPath, '-e', 'process.exit(require("fs").existsSync("good") ? 0 : 4)']]
    const workspace = await makeIsolated(
      planText([[[['Lexer']]]]),
      { '01.01.01-1': own('bad'), '01.01.01-2': own('good') },
      { isolation: 'none', verify },
    )
    const { code } = await workspace.work('run', '--yes')
    expect(code).toBe(1)
    expect(deliveryOf(workspace, '01.01.01')).toMatchObject({ stopped: { reason: 'verify' } })
    await succeed(workspace, 'fix', '--thread', '01.01.01', '--resume', '--yes')
    expect(existsSync(join(workspace.root, 'good'))).toBe(true)
    expect(git(workspace, 'for-each-ref', 'refs/work', 'refs/heads/workstream')).toBe('')
  })
})

describe('a repository', () => {
  test('without a commit can not isolate threads, and says what to do', async () => {
    const workspace = await makeIsolated(planText([[[['Lexer']]]]), {})
    git(workspace, 'update-ref', '-d', 'HEAD')
    const { code, stderr } = await workspace.work('run', '--yes')
    expect(code).toBe(2)
    expect(stderr).toContain('has no commit yet')
    expect(stderr).toContain('git commit --allow-empty')
    expect(sessionsOf(workspace, '01.01.01')).toEqual([])
  })

  test('with a branch of that name is refused, and nothing starts', async () => {
    const workspace = await makeIsolated(planText([[[['Lexer']]]]), {})
    git(workspace, 'commit', '-q', '--allow-empty', '-m', 'other')
    git(workspace, 'branch', 'workstream/001-demo')
    git(workspace, 'reset', '-q', '--soft', 'HEAD~1')
    const { code, stderr } = await workspace.work('run', '--yes')
    expect(code).not.toBe(0)
    expect(stderr).toContain('Another branch is named workstream/001-demo')
    expect(sessionsOf(workspace, '01.01.01')).toEqual([])
  })
})

function deliveryOf(workspace: Parameters<typeof tasksOf>[0], thread: string): unknown {
  return threadsOf(tasksOf(workspace)).find(({ id }) => id === thread)?.delivery
}

describe('a clone that git can not save', () => {
  test('fails only its own thread, and says why', async () => {
    const workspace = await makeIsolated(planText([[[['Lexer'], ['Parser']]]]), {
      '01.01.01': `${own('a')}
writeFileSync('.gitattributes', '*.bin filter=strict\\n')
writeFileSync('x.bin', 'x')
import { execFileSync } from 'node:child_process'
execFileSync('git', ['config', 'filter.strict.clean', 'false'])
execFileSync('git', ['config', 'filter.strict.required', 'true'])`,
      '01.01.02': own('b'),
    })
    const { code, stdout } = await workspace.work('run', '--yes')
    expect(code).toBe(1)
    expect(stdout).toContain('not fit to be merged')
    expect(deliveryOf(workspace, '01.01.01')).toMatchObject({
      stopped: { reason: 'tree', detail: expect.stringContaining('x.bin') },
    })
    expect(merges(workspace)).toEqual(['Merge thread 01.01.02 "Thread 02"', 'start'])
    expect(workspace.read(`${cloneOf('01.01.01')}/a`)).toBe('a\n')
  })
})
