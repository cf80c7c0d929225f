import { expect } from 'vitest'
import { codex } from '../../src/runners/agent-cli/codex.ts'
import { cutOff, drop, empty, fail, filtered, hang, runShell, say } from '../helpers/model-server.ts'
import { describeOutcomes, shortTimeout } from './outcomes.ts'

describeOutcomes(codex, {
  'of an answer is its end, with usage': {
    answers: [say('All done.')],
    evidence: {
      type: 'turn-ended',
      hasOutput: true,
      detail: 'All done.',
      usage: { inputTokens: 100, outputTokens: 30 },
    },
  },
  'of a failing tool and an answer is its end': {
    answers: [runShell('exit 7'), say('It failed.')],
    evidence: { type: 'turn-ended', detail: 'It failed.', usage: { inputTokens: 200, outputTokens: 60 } },
  },
  'of a wrong key is a refusal with status 401': {
    answers: [fail(401, 'invalid key')],
    evidence: { type: 'refused', status: 401, detail: expect.stringContaining('invalid key') },
  },
  'of an unknown model is a refusal with status 404': {
    answers: [fail(404, 'model: m1')],
    evidence: { type: 'refused', status: 404, detail: 'model: m1' },
  },
  'of too many requests is a rate limit': {
    answers: [fail(429, 'too many requests')],
    evidence: { type: 'rate-limited', retryAt: undefined, detail: expect.stringContaining('429') },
  },
  'of an error of the provider is a refusal with status 500': {
    answers: [fail(500, 'scripted 500')],
    evidence: { type: 'refused', status: 500 },
  },
  'of a request that the provider does not understand is a refusal by its words': {
    answers: [fail(400, 'scripted 400')],
    evidence: { type: 'refused', detail: expect.stringMatching(/scripted 400.*judged by these words/s) },
  },
  'of an answer whose connection is lost is a refusal': {
    answers: [drop('half an ans')],
    evidence: { type: 'refused', detail: expect.stringContaining('stream disconnected') },
  },
  'of a provider that never answers is the time limit': {
    answers: [hang()],
    record: { timeout: shortTimeout },
    evidence: { endedFor: 'timeout' },
  },
  'of an answer that is too long is the output limit': {
    answers: [cutOff('a long ans')],
    evidence: { type: 'cut-off', why: 'output-limit' },
  },
  'of a refusal of the model is an end without output': {
    answers: [filtered('I will not.')],
    evidence: { type: 'turn-ended', hasOutput: false },
  },
  'of an empty answer is an end without output': {
    answers: [empty()],
    evidence: { type: 'turn-ended', hasOutput: false },
  },
  'of a full context is a cut-off answer': {
    answers: [fail(400, 'Your input exceeds the context window of this model.')],
    evidence: { type: 'cut-off', why: 'other', detail: expect.stringMatching(/context window[^(]*$/) },
  },
  'of a tool that its sandbox stops is an end': {
    answers: [runShell('touch made'), say('I may not.')],
    options: { permissions: 'read' },
    evidence: { type: 'turn-ended', detail: 'I may not.' },
  },
  'of no login is a refusal': {
    answers: [],
    env: { SCRIPTED_KEY: '' },
    evidence: { type: 'refused', detail: expect.stringContaining('SCRIPTED_KEY') },
  },
})
