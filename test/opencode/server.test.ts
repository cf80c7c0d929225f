import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findByEnvironment } from '../../src/process/identity.ts'
import { until } from '../helpers/until.ts'
import { byMarker, hang, runShell, say } from '../helpers/model-server.ts'
import { end, lives } from '../helpers/processes.ts'
import { sessionsOf } from '../helpers/scene.ts'
import {
  makeScene,
  makeSignal,
  oneAgent,
  reportDone,
  requestsFor,
  sessionIds,
  threadOf,
  transcript,
} from './scene.ts'
import { batchOf } from '../builders/plan.ts'

const threads = Array.from({ length: 10 }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)

test('ten threads at once share one server, each with a session that it knows and a prompt of its own', async () => {
  const all = makeSignal()
  const answers = byMarker(
    Object.fromEntries(threads.map((id) => [`(${id})`, [reportDone(id), say(`Did ${id}.`)]])),
  )
  const { workspace, model, run, server, client } = await makeScene({
    plan: batchOf(threads.length),
    agents: oneAgent(),
    script: async (request) => {
      if (new Set(model.requests.map(threadOf)).size === threads.length) all.give()
      await all.given
      return answers(request)
    },
  })

  const result = await run('multi', '--continue')

  expect(result.code, result.stderr).toBe(0)
  const ids = threads.map((id) => sessionsOf(workspace, id)[0]?.sessionId ?? '')
  expect(await sessionIds(client())).toEqual(ids.toSorted())
  for (const [index, thread] of threads.entries()) {
    const [prompt, ...rest] = await transcript(client(), ids[index] ?? '')
    expect(prompt).toBe(`user: ${workspace.read(`work/001-demo/logs/${thread}/1.prompted.md`)}`)
    expect(prompt?.match(/\(\d\d\.\d\d\.\d\d\)/g)).toEqual([`(${thread})`])
    expect(rest).toEqual([`assistant: Did ${thread}.`])
    expect(requestsFor(model, thread)).toHaveLength(2)
    expect(result.stdout).toMatch(new RegExp(`${thread} started \\(agent default, attempt 1\\)`))
    expect(result.stdout).toContain(`${thread} completed`)
  }
  const { data } = await client().session.list({}, { throwOnError: true })
  expect(data.map(({ title }) => title).toSorted()).toEqual(threads.map((id) => `001-demo ${id} #1`))

  const { pid } = server()
  const home = findByEnvironment('HOME', workspace.home)
  expect(home).toContain(pid)
  // The server and its keeper.
  expect(home).toHaveLength(2)
})

test('a server that is killed in mid-turn: its sessions are interrupted, and continue with their history on a new one', async () => {
  const [one, other, third] = ['01.01.01', '01.01.02', '01.01.03']
  const answers = byMarker({
    [`(${one})`]: [runShell('echo the word is fig'), hang('Then'), reportDone(one), say('Went on.')],
    [`(${other})`]: [hang('Hm'), reportDone(other), say('Did it anew.')],
    [`(${third})`]: [runShell('echo $$ > pid; sleep 300'), reportDone(third), say('Ran it.')],
  })
  const { workspace, model, run, start, server, client } = await makeScene({
    plan: batchOf(3),
    agents: oneAgent(),
    script: answers,
  })
  const first = start('multi', '--continue', '--json')
  await until(() => requestsFor(model, one).length === 2 && requestsFor(model, other).length === 1)
  await until(() => existsSync(join(workspace.root, 'pid')) && workspace.read('pid').endsWith('\n'))
  const [killed, shell] = [server().pid, Number(workspace.read('pid'))]
  end(killed)
  expect((await first.ended).code).toBe(1)
  expect(lives(killed)).toBe(false)
  // Its agent will run the command again.
  await until(() => !lives(shell))
  for (const thread of [one, other, third]) {
    expect(sessionsOf(workspace, thread)).toMatchObject([{ status: 'interrupted', reason: 'server-lost' }])
  }

  const lost = sessionsOf(workspace, other)[0]?.sessionId ?? ''
  await client().session.delete({ sessionID: lost }, { throwOnError: true })
  const second = await run('multi', '--continue', '--json')
  expect(second.code).toBe(1)
  expect(server().pid).not.toBe(killed)
  const sessions = sessionsOf(workspace, one)
  expect(sessions).toMatchObject([
    { attempt: 1, status: 'interrupted' },
    { attempt: 2, status: 'completed', mode: 'resume', detail: 'Went on.' },
  ])
  expect(sessions[1]?.sessionId).toBe(sessions[0]?.sessionId)
  expect(sessions[1]?.messageId).not.toBe(sessions[0]?.messageId)
  const told = requestsFor(model, one)[2]?.messages.filter(({ role }) => role !== 'system')
  expect(told?.slice(0, 3)).toMatchObject([
    { role: 'user', text: expect.stringContaining('Hello Agent!') },
    { role: 'assistant', calls: ['bash'] },
    { role: 'tool', text: expect.stringContaining('the word is fig') },
  ])
  expect(told?.at(-1)?.text).toContain('Continue where you left off')

  expect(sessionsOf(workspace, other)).toMatchObject([
    { attempt: 1 },
    { attempt: 2, mode: 'resume', sessionId: lost, status: 'failed', reason: 'session-missing' },
  ])
  const last = await run('multi', '--continue', '--json')
  expect(last.code, last.stderr).toBe(0)
  expect(sessionsOf(workspace, other).at(-1)).toMatchObject({
    attempt: 3,
    mode: 'fresh',
    status: 'completed',
  })
  expect(sessionsOf(workspace, other).at(-1)?.sessionId).not.toBe(lost)
})

test('a server that does not answer: Ctrl-C shows what it waits for, a second one leaves that, and the next run ends it', async () => {
  const [thread, other] = ['01.01.01', '01.01.02']
  const { workspace, model, run, start, server, client } = await makeScene({
    plan: batchOf(2),
    agents: oneAgent(),
    script: () => hang('Hm'),
  })
  const first = start('multi', '--continue')
  await until(() => [thread, other].every((id) => sessionsOf(workspace, id).length === 1))
  await until(() => model.requests.length === 2)
  const { pid } = server()
  process.kill(pid, 'SIGSTOP')
  first.kill('SIGINT')
  await until(() => first.stdout.includes(`Waiting for the end of ${thread} (opencode), ${other} (opencode)`))
  first.kill('SIGINT')
  const { code, stdout } = await first.ended
  expect(code).toBe(130)
  expect(stdout).toContain(`Could not be stopped, and may still be running: ${thread}, ${other}`)
  expect(sessionsOf(workspace, thread)).toMatchObject([{ status: 'running' }])
  const seen = await run('status')
  expect(seen.stdout).toContain('2 threads are running without a supervisor.')

  process.kill(pid, 'SIGCONT')
  await run('continue')
  for (const id of [thread, other]) {
    expect(sessionsOf(workspace, id)).toMatchObject([{ status: 'interrupted', reason: 'user' }])
  }
  expect(server().pid).toBe(pid)
  expect((await client().session.status()).data).toEqual({})
})

test('work can be killed at any time, again and again: each thread is done once', async () => {
  const ids = threads.slice(0, 4)
  const answers = byMarker(
    Object.fromEntries(ids.map((id) => [`(${id})`, [reportDone(id), say(`Did ${id}.`)]])),
  )
  const { workspace, model, run, start, client } = await makeScene({
    plan: batchOf(ids.length),
    agents: oneAgent(),
    script: answers,
  })
  for (let count = 0; count < 4; count += 1) {
    const victim = start('multi', '--continue')
    await until(() => victim.stdout !== '')
    const wait = Math.random() * 900
    const moment = Date.now() + wait
    await until(() => Date.now() > moment)
    victim.kill('SIGKILL')
    await victim.ended
  }
  const result = await run('multi', '--continue', '--json')
  expect(result.code, result.stderr).toBe(0)
  const sessions = ids.map((id) => sessionsOf(workspace, id))
  expect(sessions).toMatchObject(ids.map((id) => [{ attempt: 1, status: 'completed', detail: `Did ${id}.` }]))
  expect(await sessionIds(client())).toEqual(sessions.map(([session]) => session?.sessionId ?? '').toSorted())
  for (const id of ids) {
    expect(await transcript(client(), sessionsOf(workspace, id)[0]?.sessionId ?? '')).toHaveLength(2)
    expect(requestsFor(model, id)).toHaveLength(2)
  }
})
