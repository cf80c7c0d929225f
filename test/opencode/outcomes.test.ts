import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  byMarker,
  callTool,
  cutOff,
  empty,
  fail,
  filtered,
  runShell,
  say,
  type Answer,
} from '../helpers/model-server.ts'
import { sessionsOf, tasksOf } from '../helpers/scene.ts'
import { makeScene, reportDone, requestsFor } from './scene.ts'
import { batchOf } from '../builders/plan.ts'

interface Case {
  /** What the agents.yaml of its own agent says beside the model `local/m1`. */
  agent?: Record<string, unknown>
  /** What `local/m1` answers, and what every other model does. */
  answers: (thread: string) => Answer[]
  others?: (thread: string) => Answer[]
  /** The sessions that are recorded. */
  sessions: object[]
  /** How often `local/m1` is asked. */
  requests: number
}

const outside = callTool('read', { filePath: '/etc/hostname' })

const cases: Record<string, Case> = {
  'done, and told by work, which the shell of the agent finds': {
    answers: (thread) => [reportDone(thread, 'as $WORKSTREAM_ROLE'), say('All done.')],
    sessions: [{ status: 'completed', detail: 'All done.', model: 'local/m1' }],
    requests: 2,
  },
  'says that it is done, and its task is open': {
    answers: () => [say('All done.')],
    sessions: [
      {
        status: 'failed',
        reason: 'incomplete',
        detail: 'Finished, with 1 of 1 tasks still open.\nAll done.',
        usage: { inputTokens: 100, outputTokens: 20, cost: 0.00014 },
      },
    ],
    requests: 1,
  },
  'blocked, and told so': {
    answers: (thread) => [
      runShell(`work update --stream 001-demo --task ${thread}.01 --status blocked --report "no key"`),
      say('I am stuck.'),
    ],
    sessions: [{ status: 'failed', reason: 'incomplete', detail: expect.stringContaining('(1 blocked)') }],
    requests: 2,
  },
  'not a word': {
    answers: () => [empty()],
    sessions: [{ status: 'failed', reason: 'no-output' }],
    requests: 1,
  },
  'cut off': {
    answers: () => [cutOff('And then')],
    sessions: [{ status: 'failed', reason: 'cut-off', detail: expect.stringContaining('And then') }],
    requests: 1,
  },
  'taken offence at by the filter of the provider': {
    answers: () => [filtered('Well')],
    sessions: [{ status: 'failed', reason: 'provider', detail: expect.stringContaining('content filter') }],
    requests: 1,
  },
  'refused by the first of two models': {
    agent: { models: ['local/m1', 'local/m2'] },
    answers: () => [fail(401, 'no such key')],
    others: (thread) => [reportDone(thread), say('Done by the other.')],
    sessions: [
      { attempt: 1, model: 'local/m1', status: 'failed', reason: 'provider', detail: '401: no such key' },
      { attempt: 2, model: 'local/m2', status: 'completed', detail: 'Done by the other.' },
    ],
    requests: 1,
  },
  'refused by the only model': {
    answers: () => [fail(404, 'no such model here')],
    sessions: [{ status: 'failed', reason: 'provider', detail: '404: no such model here' }],
    requests: 1,
  },
  'an agent that opencode does not know': {
    agent: { opencode_agent: 'ghost' },
    answers: () => [],
    sessions: [
      { status: 'failed', reason: 'provider', detail: expect.stringMatching(/^Agent not found: "ghost"/) },
    ],
    requests: 0,
  },
  'an agent of opencode that may not edit': {
    agent: { opencode_agent: 'plan' },
    answers: (thread) => [reportDone(thread), say('Planned.')],
    sessions: [{ status: 'completed', detail: 'Planned.' }],
    requests: 2,
  },
  'told to come back in an hour': {
    agent: { models: ['local/m1', 'local/m2'] },
    answers: () => [fail(429, 'slow down', { 'retry-after': '3600' })],
    sessions: [{ status: 'failed', reason: 'rate-limit', detail: expect.stringContaining('slow down') }],
    requests: 1,
  },
  'asks for what it may not have': {
    answers: () => [outside, say('Read.')],
    sessions: [{ status: 'failed', reason: 'rejected', detail: expect.stringContaining('/etc') }],
    requests: 1,
  },
  'asks for what it may have': {
    agent: { permissions: 'full' },
    answers: (thread) => [outside, reportDone(thread), say('Read.')],
    sessions: [{ status: 'completed', detail: 'Read.' }],
    requests: 3,
  },
  'has an agent of its own that asks for what it may have once': {
    agent: { permissions: 'once' },
    answers: (thread) => [
      callTool('task', { description: 'Read', prompt: 'CHILD, read it', subagent_type: 'general' }),
      reportDone(thread),
      say('They read.'),
    ],
    sessions: [{ status: 'completed', detail: 'They read.' }],
    requests: 3,
  },
  'may only read, and tries to change files': {
    agent: { permissions: 'read' },
    answers: (thread) => [
      runShell('touch changed-by-shell'),
      callTool('write', { filePath: 'changed-by-tool', content: '' }),
      callTool('task', { description: 'Change', prompt: 'HELPER, do it', subagent_type: 'general' }),
      reportDone(thread),
      say('Looked.'),
    ],
    sessions: [{ status: 'completed', detail: 'Looked.' }],
    requests: 5,
  },
  'a variant of a model': {
    agent: { models: [{ model: 'local/m2', variant: 'high' }] },
    answers: () => [],
    others: (thread) => [reportDone(thread), say('Done at length.')],
    sessions: [{ status: 'completed', model: 'local/m2:high', variant: 'high' }],
    requests: 0,
  },
}

test('opencode sessions get their true outcome', async () => {
  const names = Object.keys(cases)
  const threads = names.map((_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)
  const given = Object.values(cases).map((one, index) => ({ ...one, thread: threads[index] ?? '' }))
  const first = byMarker({
    CHILD: [outside, say('The name of the host.')],
    HELPER: [runShell('touch changed-by-helper'), say('I could not.')],
    ...Object.fromEntries(given.map(({ thread, answers }) => [`(${thread})`, answers(thread)])),
  })
  const others = byMarker(
    Object.fromEntries(given.map(({ thread, others: answers }) => [`(${thread})`, answers?.(thread) ?? []])),
  )
  const scene = await makeScene({
    plan: batchOf(threads.length),
    agents: {
      parallel: threads.length,
      agents: given.map(({ thread, agent }) => ({ name: thread, models: ['local/m1'], ...agent })),
    },
    script: (request) => (request.model === 'm1' ? first : others)(request),
    assigned: Object.fromEntries(threads.map((thread) => [thread, thread])),
  })
  const { workspace, model } = scene

  const begun = Date.now()
  const result = await scene.run('multi', '--continue', '--json')

  expect(result.code, result.stderr).toBe(1)
  const found = given.map(({ thread }) => sessionsOf(workspace, thread))
  const byName = (values: unknown[]) => Object.fromEntries(names.map((name, index) => [name, values[index]]))
  expect(byName(found)).toMatchObject(byName(given.map(({ sessions }) => sessions)))
  expect(byName(found.map((sessions) => sessions.length))).toEqual(
    byName(given.map(({ sessions }) => sessions.length)),
  )
  const asked = given.map(
    ({ thread }) => requestsFor(model, thread).filter((one) => one.model === 'm1').length,
  )
  expect(byName(asked)).toEqual(byName(given.map(({ requests }) => requests)))

  expect(readdirSync(workspace.root).filter((name) => name.startsWith('changed'))).toEqual([])
  const [task] = tasksOf(workspace).tasks
  expect(task).toMatchObject({ id: '01.01.01.01', status: 'completed', report: 'as AGENT' })
  const late = found.flat().find(({ reason }) => reason === 'rate-limit')
  expect(Math.abs(Date.parse(late?.retryAt ?? '') - begun - 3600_000)).toBeLessThan(60_000)
  expect(model.requests.every(({ tools }) => !tools.includes('question'))).toBe(true)
  expect(model.requests.filter(({ effort }) => effort === 'high')).toHaveLength(2)
})
