import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { sessionEnvironment } from '../../src/engine/session-env.ts'
import type { Workspace } from '../../src/paths.ts'
import { agentEnvironment, inheritedEnvironment } from '../../src/process/env.ts'
import { installProgram, linkProgram } from '../../src/engine/link-program.ts'
import { get, makeWorkspace, put } from '../builders/workspace.ts'
import { runningSession } from '../builders/records.ts'

it('a session gets its ids, finds this work first, and keeps inherited variables', () => {
  const workspace = makeWorkspace()
  const base = { PATH: '/usr/bin:/bin', HOME: '/home/me', GONE: undefined, WORK_TOKEN: 'of another' }
  const record = runningSession({ model: 'a/one', attempt: 2, mode: 'resume', token: 'token-2' })
  expect(sessionEnvironment(base, workspace, workspace.stream, '01.01.01', record)).toEqual({
    HOME: '/home/me',
    PATH: `${join(workspace.run, 'bin')}:/usr/bin:/bin`,
    PWD: workspace.root,
    GIT_CEILING_DIRECTORIES: join(workspace.work, '.trees'),
    WORK_ROOT: workspace.root,
    WORK_TREE: '',
    WORK_STREAM: '001-demo',
    WORK_THREAD: '01.01.01',
    WORK_SESSION: 'ses_9',
    WORK_RUNNER_SESSION: '',
    WORK_ATTEMPT: '2',
    WORK_AGENT: 'default',
    WORK_MODEL: 'a/one',
    WORK_TOKEN: 'token-2',
    WORK_RESUME: '1',
    WORKSTREAM_ROLE: 'AGENT',
  })
})

it('a session in a clone gets its path, and git does not look above it', () => {
  const workspace = makeWorkspace()
  const cwd = 'work/.trees/001-01.01.01'
  const record = runningSession({ cwd, branch: 'workthread/001-demo/01.01.01' })
  const base = { GIT_CEILING_DIRECTORIES: '/home' }
  const own = sessionEnvironment(base, workspace, workspace.stream, '01.01.01', record)
  const clone = join(workspace.root, cwd)
  expect(own).toMatchObject({ PWD: clone, WORK_TREE: clone, WORK_ROOT: workspace.root })
  expect(own['GIT_CEILING_DIRECTORIES']).toBe(`${join(workspace.work, '.trees')}:/home`)

  mkdirSync(clone, { recursive: true })
  execFileSync('git', ['init', '-q', workspace.root])
  const find = () =>
    execFileSync('git', ['rev-parse', '--show-toplevel'], {
      cwd: clone,
      env: { ...process.env, ...own, PATH: process.env['PATH'] },
      stdio: 'pipe',
    })
  expect(find).toThrow('not a git repository')
})

it('a session without a PATH does not look for programs in its working folder', () => {
  const workspace = makeWorkspace()
  const { PATH } = sessionEnvironment({}, workspace, workspace.stream, '01.01.01', runningSession())
  expect(PATH?.split(':')).not.toContain('')
})

it('a session keeps variables of the user that begin with WORK_, and loses only what is of another session', () => {
  const workspace = makeWorkspace()
  const base = { WORK_API_KEY: 'secret', WORK_STREAMS: '3', WORK_TOKEN: 'of another', WORK_RESUME: '1' }
  const inherited = { WORK_API_KEY: 'secret', WORK_STREAMS: '3' }
  expect(inheritedEnvironment(base)).toEqual(inherited)
  expect(agentEnvironment(base, workspace)).toEqual({
    ...inherited,
    WORK_ROOT: workspace.root,
    WORKSTREAM_ROLE: 'AGENT',
    PWD: workspace.root,
    GIT_CEILING_DIRECTORIES: join(workspace.work, '.trees'),
    PATH: join(workspace.run, 'bin'),
  })
  const own = sessionEnvironment(
    base,
    workspace,
    workspace.stream,
    '01.01.01',
    runningSession({ token: 'mine' }),
  )
  expect(own).toMatchObject({ ...inherited, WORK_TOKEN: 'mine', WORK_RESUME: '' })
})

it('a session inherits no variable that binds git to a repository', () => {
  const names = execFileSync('git', ['rev-parse', '--local-env-vars'], { encoding: 'utf8' })
    .trim()
    .split('\n')
  const bound = [...names, 'GIT_QUARANTINE_PATH', 'GIT_NAMESPACE']
  expect(names).toContain('GIT_INDEX_FILE')
  const base = Object.fromEntries(bound.map((name) => [name, '/elsewhere/.git']))
  expect(inheritedEnvironment({ ...base, GIT_AUTHOR_NAME: 'Me', GIT_SSH_COMMAND: 'ssh -v' })).toEqual({
    GIT_AUTHOR_NAME: 'Me',
    GIT_SSH_COMMAND: 'ssh -v',
  })
})

const workFolder = (workspace: Workspace) => join(workspace.run, 'bin')

/** A program that prints its input and the Node that runs it. */
const echo = 'console.log(JSON.stringify([process.execPath, ...process.argv.slice(2)]))'

it('work runs on the Node that started the run, whatever PATH has, with any path and any arguments', () => {
  const workspace = makeWorkspace()
  for (const name of ['plain', 'with space', `it's "quoted" $HOME \`id\` & *`, 'two\nlines']) {
    const folder = join(workspace.root, name)
    const [node, main] = [join(folder, 'node'), join(folder, 'main.mjs')]
    mkdirSync(folder)
    symlinkSync(process.execPath, node)
    put(main, echo)
    installProgram(workspace, main, node)
    const args = ['', '-v', '--report', `it's "$HOME" * \\`, 'two\nlines']
    const said = execFileSync('work', args, { encoding: 'utf8', env: { PATH: workFolder(workspace) } })
    expect(JSON.parse(said)).toEqual([process.execPath, ...args])
  }
})

it('the program work is made once, and again when work or Node has moved', () => {
  const workspace = makeWorkspace()
  const path = join(workFolder(workspace), 'work')
  const make = (main: string, node: string) => {
    installProgram(workspace, main, node)
    return { ino: statSync(path).ino, text: get(path) }
  }
  const first = make('/opt/main.js', '/opt/node')
  expect(first.text).toMatch(/^#!\/bin\/sh\nmain='\/opt\/main\.js'\n[^]*exec '\/opt\/node' "\$main" "\$@"\n$/)
  expect(make('/opt/main.js', '/opt/node')).toEqual(first)
  expect(make('/opt/main.js', '/opt/newer/node').text).toContain("'/opt/newer/node'")
  expect(make('/opt/new.js', '/opt/newer/node').text).toContain("'/opt/new.js'")
  expect(readdirSync(workFolder(workspace))).toEqual(['work'])
})

it('a run keeps the program work that another run has made with another Node, as long as it can be used', () => {
  const workspace = makeWorkspace()
  const path = join(workFolder(workspace), 'work')
  const other = join(workspace.root, "it's another\nnode")
  const main = join(workspace.root, 'main.mjs')
  put(main, echo)
  symlinkSync(process.execPath, other)
  linkProgram(workspace, main)
  expect(get(path), 'one that was missing').toContain(process.execPath)
  installProgram(workspace, main, other)
  const before = { ino: statSync(path).ino, text: get(path) }
  linkProgram(workspace, main)
  expect({ ino: statSync(path).ino, text: get(path) }).toEqual(before)
  rmSync(other)
  linkProgram(workspace, main)
  expect(get(path), 'one whose Node is gone').toContain(process.execPath)
  writeFileSync(path, 'a file')
  linkProgram(workspace, main)
  expect(get(path), 'one that is something else').toContain(process.execPath)
})

it('what an earlier version or somebody else left in the place of the program work gives way', () => {
  const workspace = makeWorkspace()
  const path = join(workFolder(workspace), 'work')
  const target = join(workspace.root, 'main.js')
  put(target, 'not to be written')
  mkdirSync(workFolder(workspace), { recursive: true })
  for (const leave of [
    () => symlinkSync(target, path),
    () => writeFileSync(path, 'a file'),
    () => writeFileSync(path, `#!/bin/sh\nexec '/opt/node' '${target}' "$@"\n`, { mode: 0o644 }),
  ]) {
    leave()
    installProgram(workspace, target, '/opt/node')
    expect(get(path)).toContain('/opt/node')
    expect(statSync(path).mode & 0o777).toBe(0o755)
    expect(get(target)).toBe('not to be written')
    rmSync(path)
  }
})
