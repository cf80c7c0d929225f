import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lastWords } from '../../../src/runners/recorded/session-files.ts'
import { fixture, lives, textOf } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import { fixtureSession, never, session } from '../sessions.ts'
import { pidSaid, recordersOf, run, runner, startAgent } from './recorded-sessions.ts'

describe('a session that ends by itself', () => {
  it('is recorded with its exit code and output', async () => {
    const one = fixtureSession('exit', '0', 'all is well')
    expect(await run(one)).toMatchObject({ type: 'exited', code: 0, signal: null, hasOutput: true })
    expect(textOf(one.files.err)).toBe('all is well\n')
    expect(textOf(one.files.out)).toBe('')
  })

  it('reports a failure with its exit code and last output', async () => {
    const evidence = await run(fixtureSession('exit', '3', 'no such table'))
    expect(evidence).toMatchObject({ type: 'exited', code: 3, signal: null, detail: 'no such table' })
  })

  it('immediately and silently has no output', async () => {
    const evidence = await run(session({ command: ['true'] }))
    expect(evidence).toMatchObject({ type: 'exited', code: 0, hasOutput: false, detail: '' })
  })

  it('by a signal from outside is recorded with that signal', async () => {
    const one = fixtureSession('hang')
    const agent = await startAgent(one)
    process.kill(agent, 'SIGKILL')
    expect(await runner.watch(one, never)).toMatchObject({
      type: 'exited',
      code: null,
      signal: 'SIGKILL',
    })
  })

  it('is recorded without waiting for children left in its group, which are killed', async () => {
    const one = fixtureSession('orphan', 'stubborn')
    await runner.start(one, never)
    const child = await pidSaid(one)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    expect(lives(child)).toBe(true)
    await until(() => !lives(child), 'the end of the child')
  })

  it('leaves processes in their own process session alone, such as a server', async () => {
    const one = fixtureSession('escape', 'exit')
    await runner.start(one, never)
    const child = await pidSaid(one)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    await until(() => recordersOf(one).length === 0, 'the end of the recorder')
    expect(lives(child)).toBe(true)
  })
})

describe('a session that cannot start', () => {
  it.each([
    ['is missing', 'no-such-program', 'ENOENT'],
    ['may not be executed', '/etc/passwd', 'EACCES'],
    ['lies below a file', '/etc/passwd/program', 'ENOTDIR'],
  ])('because its program %s says so', async (_, program, code) => {
    const evidence = await run(session({ command: [program] }))
    expect(evidence).toMatchObject({ type: 'not-started', code, message: expect.stringContaining(code) })
  })

  it('because its folder is gone names the folder', async () => {
    const one = session({ command: ['true'], record: { cwd: 'gone' } })
    await expect(runner.start(one, never)).rejects.toThrow(/gone/)
    expect(await runner.look(one)).toEqual({ type: 'absent' })
  })

  it('because the agent has no command names the agent and the field', async () => {
    const one = session({ command: [] })
    await expect(runner.start(one, never)).rejects.toThrow('Agent "tester" has no command in agents.yaml.')
    const resumed = session({ command: ['true'], record: { mode: 'resume' } })
    await expect(runner.start(resumed, never)).rejects.toThrow('has no resume_command')
  })
})

describe('an agent', () => {
  it('gets its arguments, folder, environment and whole prompt unchanged, without a shell', async () => {
    const args = [
      'two words',
      `"q" 'q'`,
      '$(touch pwned)',
      '`id`; exit 1 && $HOME',
      'two\nlines',
      '',
      '*',
      '--',
    ]
    const prompt = `Dear agent, $(touch pwned)\n${'größe '.repeat(50_000)}end`
    const env = { ODD: 'a=b\n$(c) "d"' }
    const one = session({ command: [process.execPath, fixture('echo'), ...args], prompt, env })
    expect(await run(one)).toMatchObject({ code: 0 })
    const given: unknown = JSON.parse(textOf(one.files.out))
    expect(given).toEqual({
      args,
      cwd: realpathSync(one.root),
      env: { PATH: process.env['PATH'], WORK_TOKEN: one.token, ...env },
      stdin: prompt,
    })
    expect(existsSync(join(one.root, 'pwned'))).toBe(false)
  })

  it('works in the folder that its record names', async () => {
    const one = session({ command: ['pwd'], record: { cwd: 'packages/a b' } })
    mkdirSync(join(one.root, 'packages/a b'), { recursive: true })
    await run(one)
    expect(textOf(one.files.out)).toBe(`${realpathSync(one.root)}/packages/a b\n`)
  })

  it('runs its resume_command when its session is resumed', async () => {
    const one = session({ command: ['false'], record: { mode: 'resume' } })
    const resumed = {
      ...one,
      agent: { name: 'tester', options: { command: ['false'], resume_command: ['echo', 'on'] } },
    }
    expect(await run(resumed)).toMatchObject({ code: 0, detail: 'on' })
  })
})

describe('output', () => {
  it('of a megabyte without a line break is shown from its end', async () => {
    const one = fixtureSession('flood')
    const evidence = await run(one)
    expect(statSync(one.files.out).size).toBe(2 ** 20)
    expect(evidence.detail).toMatch(/^e{1,4096}$/)
    expect(runner.lastLine(one)).toMatch(/^o{1,4096}$/)
  })

  it('is shown without control characters', async () => {
    const one = fixtureSession('paint')
    const { detail } = await run(one)
    expect(detail).not.toMatch(/[^\P{Cc}\n]/u)
    expect(detail).toContain('red and')
    expect(runner.lastLine(one)).not.toMatch(/\p{Cc}/u)
  })

  it('that is none shows nothing', () => {
    expect(runner.lastLine(fixtureSession('hang'))).toBe('')
  })

  it('is the error output if there is any, because it says why the agent failed', async () => {
    const one = session({ command: ['sh', '-c', 'echo chatter; echo >&2 reason; exit 1'] })
    expect((await run(one)).detail).toBe('reason')
    expect(lastWords(one.files)).toBe('reason')
    expect(runner.lastLine(one)).toBe('chatter')
  })
})
