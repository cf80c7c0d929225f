import { describe, expect, test } from 'vitest'
import {
  requireBatch,
  requireStage,
  requirePlannedThread,
  type TargetWords,
} from '../../../src/plan/edit/target.ts'
import { parsePlan } from '../../../src/plan/parse/parse.ts'

const thread = (number: number, name: string) => `###### Thread ${number}: ${name}\n\nDo it.\n\n`
const { plan } = parsePlan(
  `# Plan: P\n\n## Summary\n\nS.\n\n## Stages\n\n### Stage 1: Setup\n\n#### Batches\n\n` +
    `##### Batch 1: Core\n\n${thread(1, 'Parser')}${thread(2, 'Printer')}` +
    `##### Batch 2: Core tests\n\n${thread(1, 'Parser')}\n\n### Stage 2: Map\n\n#### Batches\n\n` +
    `##### Batch 1: Page\n\n${thread(1, 'Tiles')}`,
)

describe('a part of a plan', () => {
  test.each<[TargetWords, string]>([
    [{ thread: '1.2.1' }, '01.02.01'],
    [{ thread: 'TILES' }, '02.01.01'],
    [{ thread: 'print' }, '01.01.02'],
    [{ thread: '1', batch: '01.02' }, '01.02.01'],
    [{ thread: 'parser', stage: 'setup', batch: '2' }, '01.02.01'],
    [{ thread: 'parser', batch: 'core' }, '01.01.01'],
  ])('as %j is the thread %s', (words, id) => {
    expect(requirePlannedThread(plan, words).id).toBe(id)
  })

  test.each<[TargetWords, string, string]>([
    [{}, 'usage', 'Which thread? There are: 01.01.01 Parser, 01.01.02 Printer'],
    [{ thread: 'parser' }, 'ambiguous', '"parser" matches several: 01.01.01 Parser, 01.02.01 Parser.'],
    [{ thread: 'tile map' }, 'thread-not-found', 'There are: 02.01.01 Tiles, '],
    [{ thread: '02.01.09' }, 'thread-not-found', 'There are: 02.01.01 Tiles.'],
    [{ thread: '1.1.1', stage: '2' }, 'thread-not-found', 'There are: 02.01.01 Tiles.'],
    [{ thread: '' }, 'thread-not-found', 'There is no thread ""'],
    [{ thread: '1', batch: 'nope' }, 'batch-not-found', 'There is no batch "nope" there.'],
  ])('is not found as %j: %s', (words, code, message) => {
    expect(() => requirePlannedThread(plan, words)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    )
  })

  test('may be a stage or a batch', () => {
    expect(requireStage(plan, { stage: 'map' }).id).toBe('02')
    expect(requireStage(plan, { stage: '002' }).id).toBe('02')
    expect(requireBatch(plan, { stage: '2', batch: '1' }).id).toBe('02.01')
    expect(() => requireBatch(plan, { batch: '1' })).toThrow(expect.objectContaining({ code: 'ambiguous' }))
  })
})
