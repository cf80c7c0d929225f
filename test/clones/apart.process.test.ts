import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { saveClone } from '../../src/clones/save.ts'
import { at, makeMainTree, textIn, type MainTree } from '../helpers/main-tree.ts'

const run = promisify(execFile)

/** Everything of the main tree and its repository that is the user's. */
function stateOf(main: MainTree): unknown {
  const read = (path: string) => readFileSync(join(main.root, path)).toString('base64')
  const names = readdirSync(main.root, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => !/^(?:\.git|work\/\.trees)(?:\/|$)/.test(name))
  return {
    files: files.map((name) => [name, textOrFolder(main, name)]),
    refs: main
      .git('for-each-ref')
      .split('\n')
      .filter((line) => !line.includes('refs/work/')),
    stash: main.git('stash', 'list', '--format=%H'),
    head: read('.git/HEAD'),
    index: read('.git/index'),
    config: read('.git/config'),
    names: readdirSync(join(main.root, '.git')).toSorted(),
  }
}

function textOrFolder({ root }: MainTree, name: string): string {
  try {
    return readFileSync(join(root, name), 'utf8')
  } catch {
    return 'folder'
  }
}

describe('what agents do in two clones', () => {
  test('changes nothing in the main tree, its branches, index, stash and configuration', async () => {
    const main = makeMainTree()
    main.write('a.txt', 'stashed by the user\n')
    main.git('stash', '-q')
    main.write('a.txt', 'staged\n')
    main.git('add', 'a.txt')
    main.write('dirty.txt', 'dirty\n')
    await main.begin()
    const before = stateOf(main)
    const threads = ['01.01.01', '01.01.02']
    for (const thread of threads) await main.prepare({ thread })
    for (const thread of threads) {
      const { folder } = main.site(thread)
      const git = (...args: string[]) => main.gitAt(folder, ...args)
      const put = (text: string) => writeFileSync(join(folder, 'a.txt'), text)
      put('stashed by an agent\n')
      git('stash', '-q')
      expect(git('stash', 'list').split('\n')).toHaveLength(1)
      git('checkout', '-q', '-b', 'feature')
      put('mine\n')
      git('commit', '-qam', 'Mine')
      git('reset', '-q', '--hard', 'HEAD^')
      git('branch', '-M', 'main')
      git('config', 'core.bare', 'true')
      git('config', 'core.bare', 'false')
      git('update-ref', '-d', 'refs/work/tip')
      git('worktree', 'prune')
      git('stash', 'pop', '-q')
      git('gc', '-q', '--prune=now')
      await saveClone(main.site(thread), { attempt: 1, at, env: main.env })
      expect(main.git('show', `refs/work/001-x/${thread}/1:a.txt`)).toBe('stashed by an agent')
    }
    expect(stateOf(main)).toEqual(before)
    expect(main.git('fsck', '--strict')).toBe('')
  })

  test('survives gc --prune=now of the main repository', async () => {
    const main = makeMainTree()
    await main.begin()
    await main.prepare()
    const { folder } = main.site()
    main.git('branch', '-D', 'workstream/001-x')
    main.git('commit', '-q', '--amend', '--allow-empty', '-m', 'Rewritten')
    main.git('reflog', 'expire', '--expire=now', '--all')
    main.git('gc', '-q', '--prune=now')
    expect(main.gitAt(folder, 'fsck', '--strict')).toBe('')
    expect(main.gitAt(folder, 'status', '--porcelain')).toBe('')
  })
})

test('40 clones are made at once beside a loop of git commands in the main tree, and none of them fails', async () => {
  const main = makeMainTree()
  await main.begin()
  const end = new AbortController()
  let rounds = 0
  const git = (...args: string[]) => run('git', args, { cwd: main.root, env: main.env })
  const loop = async () => {
    for (; !end.signal.aborted; rounds++) {
      writeFileSync(join(main.root, 'loop.txt'), `${rounds}\n`)
      await git('add', 'loop.txt')
      await git('commit', '-qm', `Round ${rounds}`)
      await git('branch', `round-${rounds}`)
      await git('fetch', '-q', '.', `HEAD:refs/remotes/x/${rounds}`)
      if (rounds % 5 === 4) await git('branch', '-D', '-q', `round-${rounds}`)
    }
  }
  const prepareAll = async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => String(index + 1).padStart(2, '0'))
    const orders = numbers.map((number) => ({ thread: `01.01.${number}`, token: `token-${number}` }))
    try {
      return await Promise.all(orders.map((order) => main.prepare(order)))
    } finally {
      end.abort()
    }
  }
  const [prepared] = await Promise.all([prepareAll(), loop()])
  expect(prepared.map(({ was }) => was)).toEqual(Array.from({ length: 40 }, () => 'new'))
  expect(rounds).toBeGreaterThan(2)
  for (let number = 1; number <= 40; number++) {
    const { folder } = main.site(`01.01.${String(number).padStart(2, '0')}`)
    expect(textIn(folder, 'a.txt')).toBe('a\n')
    expect(existsSync(join(folder, '.git', 'index.lock'))).toBe(false)
  }
  expect(readdirSync(join(main.root, 'work/.trees'))).toHaveLength(41)
  expect(main.git('fsck', '--strict')).toBe('')
})
