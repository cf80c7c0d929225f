import { describe, expect, it } from 'vitest'
import { fixMachine } from '../../machines/fix.ts'
import type { FixAction, FixOption } from '../../machines/fix-context.ts'
import { givenTo, order, play, type Script } from './scripted.ts'
import { busy, given, options, stage } from './fix-chart.ts'

describe('flags', () => {
  const load = { loadThreads: [['01.01.01', '01.01.02']] }

  it('answer every question, so that nothing is asked', async () => {
    const input = given({ threads: 'failed', action: 'swap', agent: 'other', note: 'Hi.', isConfirmed: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [options()],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(order(played)).toBe('loadThreads inspectThreads runThreads tellResult')
    expect(givenTo(played, 'loadThreads')).toEqual({ threads: 'failed' })
    expect(givenTo(played, 'runThreads')).toMatchObject({
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
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'runThreads')).toMatchObject({ action })
  })

  it('for an impossible action are refused, and nothing is done', async () => {
    const input = given({ threads: ['01.01.01'], action: 'resume', isConfirmed: true })
    const played = await play(fixMachine, input, { ...load, inspectThreads: [options('resume')] })
    expect(played.output).toMatchObject({
      end: 'refused',
      refusal: { action: 'resume', refusal: 'There is no way to resume.' },
    })
  })

  it('for a preview show the order, ask what is missing, and do nothing', async () => {
    const input = given({ threads: ['01.01.01'], action: 'retry', isPreview: true })
    const played = await play(fixMachine, input, {
      ...load,
      inspectThreads: [options()],
      previewOrder: [undefined],
    })
    expect(order(played)).toBe('loadThreads inspectThreads previewOrder')
    expect(played.output).toMatchObject({ end: 'done', results: [] })
  })

  it('for a new stage need no thread', async () => {
    const played = await play(fixMachine, given({ action: 'stage', stage, isConfirmed: true }), {
      addStage: [undefined],
      tellResult: [undefined],
    })
    expect(order(played)).toBe('addStage tellResult')
  })

  it('that name no thread to fix end with nothing to do', async () => {
    const played = await play(fixMachine, given({ threads: 'failed' }), { loadThreads: [[]] })
    expect(played.output).toMatchObject({ end: 'nothing' })
  })

  it.each<[string, Script]>([
    ['loading', { loadThreads: [busy] }],
    ['asking', { loadThreads: [['01.01.01']], inspectThreads: [options()], askAction: [busy] }],
  ])('end with what was thrown while %s', async (_, script) => {
    const played = await play(fixMachine, given({ threads: ['01.01.01'] }), script)
    expect(played.output).toMatchObject({ end: 'failed', error: busy })
  })

  it('end with the error that the action threw', async () => {
    const input = given({ threads: ['01.01.01'], action: 'retry', isConfirmed: true })
    const script = { ...load, inspectThreads: [options()], runThreads: [busy] }
    expect((await play(fixMachine, input, script)).output).toMatchObject({ end: 'failed', error: busy })
  })
})
