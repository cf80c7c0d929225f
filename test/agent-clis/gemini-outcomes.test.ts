import { expect } from 'vitest'
import { gemini } from '../../src/runners/agent-cli/gemini.ts'
import { cutOff, drop, fail, filtered, hang, runShell, say } from '../helpers/model-server.ts'
import { describeOutcomes, shortTimeout } from './outcomes.ts'

// It repeats a request that failed with 429 or 500 for minutes: those are in test/runners/agent-cli/gemini.test.ts.
describeOutcomes(gemini, {
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
    evidence: { type: 'refused', status: 401, detail: 'invalid key' },
  },
  'of an unknown model is a refusal by its words': {
    answers: [fail(404, 'model: gemini-2.5-pro')],
    evidence: { type: 'refused', detail: expect.stringMatching(/^model: gemini-2.5-pro/) },
  },
  'of an answer whose connection is lost is a refusal': {
    answers: [drop('half an ans')],
    evidence: { type: 'refused', status: undefined, detail: expect.stringContaining('terminated') },
  },
  'of a provider that stops in its answer is the time limit': {
    answers: [hang('half an ans')],
    record: { timeout: shortTimeout },
    evidence: { endedFor: 'timeout' },
  },
  'of an answer that is too long is its end: its program does not report it': {
    answers: [cutOff('a long ans')],
    evidence: { type: 'turn-ended', detail: 'a long ans' },
  },
  'of a refusal of the model is its end: its program does not report it': {
    answers: [filtered('I will not.')],
    evidence: { type: 'turn-ended', detail: 'I will not.' },
  },
  'of a full context is a cut-off answer, by its words': {
    answers: [
      fail(400, 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'),
    ],
    evidence: { type: 'cut-off', why: 'other', detail: expect.stringContaining('judged by these words') },
  },
  'of a command that its policy denies is an end': {
    answers: [runShell('touch made'), say('I may not.')],
    options: { permissions: 'read' },
    evidence: { type: 'turn-ended', detail: 'I may not.' },
  },
  'of no login is a refusal': {
    answers: [],
    env: { GEMINI_API_KEY: '' },
    evidence: { type: 'refused', detail: expect.stringContaining('GEMINI_API_KEY') },
  },
})
