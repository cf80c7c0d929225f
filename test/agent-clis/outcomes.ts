import { describe, expect, it } from 'vitest'
import type { AgentCli } from '../../src/runners/agent-cli/cli.ts'
import type { Answer } from '../helpers/model-server.ts'
import { inOrder, useModels } from './models/server.ts'
import { cliSession, runToEnd, type CliSessionOptions } from './sessions.ts'

/** What happens to an agent, and what its end proves. */
export interface OutcomeCase extends CliSessionOptions {
  /** One for each request to the model, and the last one for all that follow. */
  answers: Answer[]
  /** The evidence, as `toMatchObject` takes it. */
  evidence: object
}

/** What a hanging session may take until its recorder ends it, in milliseconds: longer than a start on a busy machine. */
export const shortTimeout = 8000

/** Runs each case with the real program. Call it once in a test file. */
export function describeOutcomes(cli: AgentCli, cases: Record<string, OutcomeCase>): void {
  const models = useModels()

  describe(`the evidence of ${cli.title}`, () => {
    it.each(Object.entries(cases))('%s', async (_, { answers, evidence, ...options }) => {
      const one = cliSession(cli, models, inOrder(...answers), options)
      expect(await runToEnd(cli, one)).toMatchObject(evidence)
      expect(one.model.requests.length).toBeGreaterThanOrEqual(answers.length)
    })
  })
}
