import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { succeed } from '../helpers/scene.ts'
import { task, workIndex } from '../builders/records.ts'

/** Commands that write more than one thing, and can't write one of them. */

describe('work create', () => {
  it.each<[string, string, (work: string) => void, string]>([
    [
      'where its folder is a file',
      'foo',
      (work) => writeFileSync(join(work, '001-foo'), 'mine\n'),
      'folder-taken',
    ],
    [
      'where PLAN.md is a folder that is linked to nothing',
      'foo',
      (work) => {
        mkdirSync(join(work, '001-foo'))
        symlinkSync(join(work, 'nothing', 'PLAN.md'), join(work, '001-foo', 'PLAN.md'))
        writeFileSync(join(work, 'nothing'), '')
      },
      'write-failed',
    ],
  ])('%s says so in a sentence, and leaves no entry and no folder', async (_, name, obstruct, code) => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    obstruct(workspace.paths.work)
    const before = [workspace.read('work/index.json'), readdirSync(workspace.paths.work)]
    const { code: exit, stderr, json } = await workspace.work('create', name, '--json')
    expect(json()).toMatchObject({ error: { code } })
    expect(exit).toBe(code === 'write-failed' ? 1 : 2)
    expect(stderr).not.toContain('This is a bug')
    const after = readdirSync(workspace.paths.work).filter((one) => one !== '.run')
    expect([workspace.read('work/index.json'), after]).toEqual(before)
  })

  it('when index.json can not be written removes the folder that it made', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const text = JSON.stringify({ ...workIndex([]), extra: 'x' }).replace('"x"', '1e999')
    workspace.write('work/index.json', text)
    const { code, stderr } = await workspace.work('create', 'foo')
    expect(code).toBe(2)
    expect(stderr).toContain('1e999')
    expect(existsSync(join(workspace.paths.work, '001-foo'))).toBe(false)
    expect(workspace.read('work/index.json')).toBe(text)
  })

  it('keeps a plan that is in its folder already', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    workspace.write('work/001-foo/PLAN.md', '# Plan: mine\n')
    await succeed(workspace, 'create', 'foo')
    expect(workspace.read('work/001-foo/PLAN.md')).toBe('# Plan: mine\n')
  })

  it('by eight processes at once gives each its own number and folder', async () => {
    const workspace = makeRepository()
    await succeed(workspace, 'init')
    const names = Array.from({ length: 8 }, (_, number) => `stream-${number}`)
    const results = await Promise.all(names.map((name) => workspace.work('create', name)))
    expect(results.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']))
    const folders = readdirSync(workspace.paths.work).filter((name) => /^\d/.test(name))
    const { streams } = JSON.parse(workspace.read('work/index.json'))
    expect(streams.map(({ id }: { id: string }) => id).toSorted()).toEqual(folders.toSorted())
    expect(folders.map((name) => Number(name.slice(0, 3)))).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

test('add-task whose task can not be recorded gives PLAN.md its old text back', async () => {
  const workspace = makeWorkspace([task({ id: '01.01.01.01' })])
  const plan =
    '# Plan: demo\n\n## Stages\n\n### Stage 01: S\n\n##### Batch 01: B\n\n###### Thread 01: T\n\n- [ ] one\n'
  workspace.write('work/001-demo/PLAN.md', plan)
  const tasks = workspace
    .read('work/001-demo/tasks.json')
    .replace('"threads": {}', '"threads": {}, "extra": 1e999')
  workspace.write('work/001-demo/tasks.json', tasks)
  const { code, stderr } = await workspace.work('add-task', '--thread', '01.01.01', '--name', 'two')
  expect([code, stderr.includes('1e999')]).toEqual([2, true])
  expect(workspace.read('work/001-demo/PLAN.md')).toBe(plan)
  expect(workspace.read('work/001-demo/tasks.json')).toBe(tasks)
})

describe('work init', () => {
  it('in a repository that has a folder work/ of its own refuses, and writes nothing', async () => {
    const workspace = makeRepository()
    workspace.write('work/main.py', 'print(1)\n')
    workspace.write('work/.gitignore', '*.pyc\n')
    const { code, stderr } = await workspace.work('init')
    expect(code).toBe(2)
    expect(stderr).toContain(
      'The folder work/ has files that are not of this tool (main.py), and no index.json.',
    )
    expect(readdirSync(workspace.paths.work).toSorted()).toEqual(['.gitignore', 'main.py'])

    const forced = await workspace.work('init', '--force')
    expect(forced.code).toBe(0)
    expect(forced.stderr).toContain('work/.gitignore lacks .run/ and logs/')
    const command = /→ (printf .*)/.exec(forced.stderr)?.[1] ?? ''
    execFileSync('sh', ['-c', command], { cwd: workspace.root })
    expect(workspace.read('work/.gitignore')).toBe('*.pyc\n\n.run/\nlogs/')
    expect((await workspace.work('init')).stderr).toBe('')
  })

  it('where work is a file says so', async () => {
    const workspace = makeRepository()
    workspace.write('work', 'x\n')
    const { code, stderr } = await workspace.work('init')
    expect([code, stderr.split('\n')[0]]).toEqual([2, 'Error: work is a file, expected a folder or nothing.'])
  })

  it('where work/index.json is of something else says so, and writes nothing', async () => {
    const workspace = makeRepository()
    workspace.write('work/index.json', '{"name": "a library"}\n')
    const { code } = await workspace.work('init')
    expect(code).toBe(2)
    expect(readdirSync(workspace.paths.work)).toEqual(['index.json'])
  })

  it('that can not write one of its files leaves none of them', async () => {
    const workspace = makeRepository()
    mkdirSync(workspace.paths.work)
    symlinkSync(join(workspace.root, 'gone', 'agents.yaml'), workspace.paths.agents)
    writeFileSync(join(workspace.root, 'gone'), '')
    const { code, stderr } = await workspace.work('init')
    expect([code, stderr.includes('This is a bug')]).toEqual([2, false])
    const left = readdirSync(workspace.paths.work, { recursive: true, withFileTypes: true })
    expect(left.filter((entry) => entry.isFile())).toEqual([])
    rmSync(workspace.paths.agents)
    await succeed(workspace, 'init')
  })
})
