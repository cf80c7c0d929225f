import { describe, expect, it } from 'vitest'
import { totalUsage, usageOf } from '../../src/threads/usage.ts'

describe('the usage of several sessions', () => {
  it('is the sum of what is known', () => {
    const sessions = [
      { usage: { inputTokens: 10, outputTokens: 2, cost: 0.5 } },
      {},
      { usage: { inputTokens: 5 } },
    ]
    expect(usageOf(sessions)).toEqual({ inputTokens: 15, outputTokens: 2, cost: 0.5, isCostPartial: true })
  })

  it('has a whole cost if each session with tokens has one, and none if none has', () => {
    const paid = { usage: { inputTokens: 1, cost: 0 } }
    expect(usageOf([paid, {}])).toEqual({ inputTokens: 1, cost: 0 })
    expect(usageOf([{ usage: { inputTokens: 1 } }])).toEqual({ inputTokens: 1 })
  })

  it('is left out if nothing is known', () => {
    expect(totalUsage([{}, { usage: {} }])).toEqual({})
  })
})
