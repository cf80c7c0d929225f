import { describe, expect, it } from 'vitest'
import { fixMachine } from '../../machines/fix.ts'
import type { FixAction, FixOption } from '../../machines/fix-context.ts'
import { givenTo, play, type Script } from './scripted.ts'
import { answers, busy, given, options, stage, way } from './fix-chart.ts'

describe('flags', () => {
  const load = { loadThreads: [['01.01.01', '01.01.02']] }

  it('answer every question, so that nothing is asked', async () => {
    const input = given({ threads: 'failed', action: 'swap', agent: 'other', note: 'Hi.', isConfirmed: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [options()],
      carryOut: ['completed'],
      tellResult: [undefined],
    })
    expect(way(played)).toBe('loadThreads inspectThreads carryOut tellResult')
    expect(givenTo(played, 'loadThreads')).toBe('failed')
    expect(givenTo(played, 'carryOut')).toMatchObject({
      threads: ['01.01.01', '01.01.02'],
      action: 'swap',
      agent: 'other',
      note: 'Hi.',
    })
  })

  it.each<[FixOption[], FixAction]>([
    [options(), 'resume'],
    [options('resume'), 'retry'],
  ])('for the best way choose a possible action: %j', async (some, action) => {
    const input = given({ threads: ['01.01.01'], action: 'best', isConfirmed: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [some],
      carryOut: ['completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'carryOut')).toMatchObject({ action })
  })

  it('for an impossible action are refused, and nothing is done', async () => {
    const input = given({ threads: ['01.01.01'], action: 'resume', isConfirmed: true })
    const played = await play(fixMachine, input, { ...load, inspectThreads: [options('resume')] })
    expect(played.output).toMatchObject({
      end: 'refused',
      refusal: { action: 'resume', refusal: 'There is no way to resume.' },
    })
  })

  it('for a preview ask what is missing, and only return the order', async () => {
    const input = given({ action: 'swap', isConfirmed: true, isCollected: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [options()],
      ask: answers({ threads: ['01.01.02'] }, { agent: 'other' }),
    })
    expect(way(played)).toBe('loadThreads choosingThreads inspectThreads choosingAgent')
    const order = { threads: ['01.01.02'], action: 'swap', agent: 'other' }
    expect(played.output).toMatchObject({ end: 'ordered', order, results: [] })
  })

  it('for a new stage need no thread', async () => {
    const played = await play(fixMachine, given({ action: 'stage', ...stage, isConfirmed: true }), {
      inspectThreads: [options()],
      carryOut: ['added'],
      tellResult: [undefined],
    })
    expect(way(played)).toBe('inspectThreads carryOut tellResult')
  })

  it('that name no thread to fix end with nothing to do', async () => {
    const played = await play(fixMachine, given({ threads: 'failed' }), { loadThreads: [[]] })
    expect(played.output).toMatchObject({ end: 'nothing' })
  })

  it.each<[string, Script]>([
    ['loading', { loadThreads: [busy] }],
    ['asking', { loadThreads: [['01.01.01']], inspectThreads: [options()], ask: [busy] }],
  ])('end with what was thrown while %s', async (_, script) => {
    const played = await play(fixMachine, given({ threads: ['01.01.01'] }), script)
    expect(played.output).toMatchObject({ end: 'failed', error: busy })
  })

  it('end with the error that the action threw', async () => {
    const input = given({ threads: ['01.01.01'], action: 'retry', isConfirmed: true })
    const script = { ...load, inspectThreads: [options()], carryOut: [busy] }
    expect((await play(fixMachine, input, script)).output).toMatchObject({ end: 'failed', error: busy })
  })
})
