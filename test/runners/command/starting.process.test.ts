import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { commandRunner } from '../../helpers/command-runner.ts'
import { startReady, textOf } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import { fixtureSession, never } from '../sessions.ts'
import { agentsOf, bundled, ended, grace, makeLogs, recordersOf, run, runner } from './recorded-sessions.ts'

describe('starting', () => {
  it('twice finds the running session, and starts nothing', async () => {
    const one = fixtureSession('hang')
    const first = await runner.start(one, never)
    expect(await runner.start(one, never)).toEqual(first)
    expect(agentsOf(one)).toEqual([first?.pid])
  })

  it('a session that has run to its end starts nothing', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    await run(one)
    await runner.start(one, never)
    expect(await runner.look(one)).toMatchObject({ evidence: { code: 0 } })
    expect(textOf(join(one.root, 'starts')).match(/start/g)).toHaveLength(1)
  })

  it('by several processes at once starts one agent, which reads its whole prompt', async () => {
    const one = fixtureSession('echo')
    const args = [bundled('recorder'), JSON.stringify(one.record), one.root, ...one.command]
    const workers = await Promise.all(
      [1, 2, 3].map(() => startReady(process.execPath, [bundled('session-worker'), ...args])),
    )
    const said = workers.map(({ child }) => lineOf(child.stdout))
    for (const { child } of workers) child.stdin?.write('\n')
    const identities = new Set(await Promise.all(said))
    expect(identities.size).toBe(1)
    expect(await runner.watch(one, never)).toMatchObject({ code: 0 })
    const given: { stdin: string } = JSON.parse(textOf(one.files.out))
    expect(given.stdin).toHaveLength(2 ** 20)
    await until(() => recordersOf(one).length === 0, 'the end of the recorders')
    expect(textOf(one.files.err)).toBe('')
  })

  it('while another process’s recorder is about to claim waits for that', async () => {
    const one = fixtureSession('hang')
    makeLogs(one)
    writeFileSync(one.files.prompt, 'Do it.')
    const order = { command: one.command, cwd: one.root, files: one.files }
    const recorder = ended(bundled('recorder'), [JSON.stringify(order)], one)
    await until(() => recordersOf(one).length > 0, 'a recorder')
    const look = await runner.look(one)
    expect(look).toMatchObject({ type: 'alive', process: { pid: expect.any(Number) } })
    expect(agentsOf(one)).toEqual([look.type === 'alive' && look.process?.pid])
    await runner.end(one, true, never)
    await recorder
  })

  it('leaves no temp files when it is done', async () => {
    const one = fixtureSession('exit', '0')
    await run(one)
    await until(() => recordersOf(one).length === 0, 'the end of the recorder')
    expect(readFileSync(one.files.prompt, 'utf8')).toBe('Do it.')
    expect(readdirSync(dirname(one.files.out)).toSorted()).toEqual([
      '1.err',
      '1.exit.json',
      '1.log',
      '1.prompt.md',
      '1.start.json',
    ])
  })
})

describe('a recorder that is killed before it claims its session', () => {
  it('is started again, once: nothing had been started', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    const flaky = commandRunner({ recorder: diesFirst(one.root, 1), root: '/', grace })
    await flaky.start(one, never)
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    expect(textOf(join(one.root, 'starts')).match(/start/g)).toHaveLength(1)
  })

  it('is replaced by the run that waits for it if an earlier run had started it', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    const idle = ['--eval', 'console.log("ready"); setInterval(() => undefined, 1000)']
    const { child } = await startReady(process.execPath, idle, one.env())
    const start = runner.start(one, never)
    child.kill('SIGKILL')
    await start
    expect(await runner.watch(one, never)).toMatchObject({ type: 'exited', code: 0 })
    expect(textOf(join(one.root, 'starts')).match(/start/g)).toHaveLength(1)
  })

  it('twice makes the start of the session fail', async () => {
    const one = fixtureSession('count', 'starts', '0', '0')
    const flaky = commandRunner({ recorder: diesFirst(one.root, 2), root: '/', grace })
    await expect(flaky.start(one, never)).rejects.toMatchObject({ code: 'not-started' })
    expect(existsSync(join(one.root, 'starts'))).toBe(false)
  })
})

/** A recorder that is killed this many times before it does anything. */
function diesFirst(folder: string, times: number): string {
  const path = join(folder, 'flaky-recorder.mjs')
  const tries = join(folder, 'tries')
  writeFileSync(
    path,
    `import { appendFileSync, readFileSync } from 'node:fs'
    appendFileSync(${JSON.stringify(tries)}, 'x')
    if (readFileSync(${JSON.stringify(tries)}, 'utf8').length <= ${times}) process.kill(process.pid, 'SIGKILL')
    await import(${JSON.stringify(bundled('recorder'))})`,
  )
  return path
}

function lineOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    stream?.on('data', (text) => {
      said += String(text)
      if (said.includes('\n')) resolve(said)
    })
  })
}
