import { expect } from 'vitest'
import { claude } from '../../src/runners/agent-cli/claude.ts'
import { cutOff, drop, empty, fail, filtered, hang, runShell, say } from '../helpers/model-server.ts'
import { describeOutcomes, shortTimeout } from './outcomes.ts'

const tooLong = fail(400, 'prompt is too long: 214315 tokens > 200000 maximum')
const inTwoHours = Math.round(Date.now() / 1000) + 7200
const subscriptionLimit = fail(429, "This request would exceed your account's rate limit.", {
  'anthropic-ratelimit-unified-status': 'rejected',
  'anthropic-ratelimit-unified-reset': String(inTwoHours),
  'anthropic-ratelimit-unified-representative-claim': 'five_hour',
  'retry-after': '7200',
})

describeOutcomes(claude, {
  'of an answer is its end, with usage and cost': {
    answers: [say('All done.')],
    evidence: {
      type: 'turn-ended',
      hasOutput: true,
      detail: 'All done.',
      usage: { inputTokens: 100, outputTokens: 30, cost: expect.any(Number) },
    },
  },
  'of a failing tool and an answer is its end': {
    answers: [runShell('exit 7'), say('It failed.')],
    evidence: { type: 'turn-ended', detail: 'It failed.', usage: { inputTokens: 200, outputTokens: 60 } },
  },
  'of a wrong key is a refusal with status 401': {
    answers: [fail(401, 'invalid x-api-key')],
    evidence: { type: 'refused', status: 401, detail: expect.stringContaining('Invalid API key') },
  },
  'of an unknown model is a refusal with status 404': {
    answers: [fail(404, 'model: opus')],
    evidence: { type: 'refused', status: 404, detail: expect.stringContaining('model') },
  },
  'of too many requests is a rate limit': {
    answers: [fail(429, 'too many requests')],
    evidence: { type: 'rate-limited', detail: expect.stringContaining('429') },
  },
  'of a subscription that is used up is a rate limit with its end': {
    answers: [subscriptionLimit],
    env: { ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'none' },
    evidence: { type: 'rate-limited', retryAt: new Date(inTwoHours * 1000).toISOString() },
  },
  'of an error of the provider is a refusal with status 500': {
    answers: [fail(500, 'scripted 500')],
    evidence: { type: 'refused', status: 500 },
  },
  'of an answer whose connection is lost is a refusal without a status': {
    answers: [drop('half an ans')],
    evidence: { type: 'refused', status: undefined },
  },
  'of a provider that never answers is the time limit': {
    answers: [hang()],
    record: { timeout: shortTimeout },
    evidence: { type: 'broken-off', endedFor: 'timeout' },
  },
  'of answers that are too long is the output limit': {
    answers: [cutOff('a long ans')],
    evidence: { type: 'cut-off', why: 'output-limit' },
  },
  'of a refusal of the model is a cut-off answer': {
    answers: [filtered('I will not.')],
    evidence: { type: 'cut-off', why: 'other' },
  },
  'of an empty answer is an end without output': {
    answers: [empty()],
    evidence: { type: 'turn-ended', hasOutput: false },
  },
  'of a full context is a cut-off answer': {
    answers: [tooLong],
    evidence: { type: 'cut-off', why: 'other', detail: expect.stringMatching(/prompt is too long/i) },
  },
  'of a tool that its permissions deny is a denial': {
    answers: [runShell('touch made'), say('I may not.')],
    options: { permissions: 'read' },
    evidence: { type: 'denied' },
  },
  'of more turns than its arguments allow is a cut-off answer': {
    answers: [runShell('true')],
    options: { args: ['--max-turns', '1'] },
    evidence: { type: 'cut-off', why: 'other' },
  },
  'of no login is a refusal': {
    answers: [],
    env: { ANTHROPIC_API_KEY: '' },
    evidence: { type: 'refused', detail: expect.stringContaining('login') },
  },
})
