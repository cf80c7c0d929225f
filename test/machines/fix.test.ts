import { describe, expect, it } from 'vitest'
import { fixMachine } from '../../machines/fix.ts'
import { givenTo, order, play } from './scripted.ts'
import { back, busy, chosen, given, guided, options, stage } from './fix-chart.ts'

describe('the user', () => {
  const one = { loadThreads: [['01.01.01']], inspectThreads: [options()] }

  it('chooses the thread and the action, adds a note, and confirms', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02'], []],
      askThread: [chosen(['01.01.02'])],
      inspectThreads: [options()],
      askAction: [chosen('retry')],
      askNote: [chosen('Use port 0.')],
      askConfirmation: [chosen(true)],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(order(played)).toBe(
      'loadThreads askThread inspectThreads askAction askNote askConfirmation runThreads tellResult loadThreads',
    )
    expect(givenTo(played, 'runThreads')).toEqual({
      threads: ['01.01.02'],
      action: 'retry',
      agent: null,
      stage: null,
      note: 'Use port 0.',
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('is offered the next thread until none is left', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02'], ['01.01.02'], []],
      askThread: [chosen(['01.01.01'])],
      inspectThreads: [options(), options()],
      askAction: [chosen('resume'), chosen('swap')],
      askAgent: [chosen('other')],
      askNote: [chosen(''), chosen('')],
      askConfirmation: [chosen(true), chosen(true)],
      runThreads: ['completed', 'failed'],
      tellResult: [undefined, undefined],
    })
    expect(givenTo(played, 'runThreads')).toMatchObject({ action: 'swap', agent: 'other', note: null })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed', 'failed'] })
  })

  it('looks at the log, opens the session and edits agents.yaml before the decision', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], []],
      inspectThreads: [options('swap'), options('swap'), options('swap'), options()],
      askAction: [chosen('log'), chosen('attach'), chosen('agents'), chosen('swap')],
      viewThreads: [undefined, undefined, undefined],
      askAgent: [chosen('other')],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    const views = played.calls.filter(({ actor }) => actor === 'viewThreads').map(({ input }) => input)
    expect(views).toEqual(['log', 'attach', 'agents'].map((view) => ({ threads: ['01.01.01'], view })))
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('marks a thread as completed instead, or declines and chooses again', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], []],
      inspectThreads: [options(), options()],
      askAction: [chosen('complete'), chosen('complete')],
      completeThreads: ['declined', 'completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'completeThreads')).toEqual({ threads: ['01.01.01'] })
    expect(played.output).toMatchObject({ end: 'done', results: ['marked'] })
  })

  it('skips threads: they are not offered again', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [
        ['01.01.01', '01.01.02', '01.01.03'],
        ['01.01.01', '01.01.02', '01.01.03'],
        ['01.01.01', '01.01.02', '01.01.03'],
      ],
      askThread: [chosen(['01.01.01']), chosen(['01.01.02', '01.01.03'])],
      inspectThreads: [options(), options()],
      askAction: [chosen('skip'), chosen('skip')],
    })
    expect(givenTo(played, 'askThread')).toEqual({ candidates: ['01.01.02', '01.01.03'] })
    expect(played.output).toMatchObject({ end: 'skipped', results: [] })
  })

  it('hands over an order that another flow carries out', async () => {
    const input = given({ threads: ['01.01.01'], isCollected: true })
    const played = await play(fixMachine, input, {
      ...one,
      askAction: [chosen('resume')],
      askNote: [chosen('Go.')],
    })
    expect(played.output).toMatchObject({
      end: 'ordered',
      order: { threads: ['01.01.01'], action: 'resume', note: 'Go.' },
    })
  })

  it('goes back question by question, and starts over', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02']],
      askThread: [chosen(['01.01.01']), back],
      inspectThreads: [options()],
      askAction: [chosen('swap'), back],
      askAgent: [chosen('other'), back],
      askNote: [chosen('Hello.'), back],
      askConfirmation: [back],
    })
    expect(order(played)).toBe(
      'loadThreads askThread inspectThreads askAction askAgent askNote askConfirmation askNote askAgent askAction askThread',
    )
    expect(played.output).toMatchObject({ end: 'left', results: [] })
  })

  it('who goes back after a fix ends the flow with its results', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], ['01.01.01']],
      inspectThreads: [options(), options()],
      askAction: [chosen('stage'), back],
      askStage: [chosen(stage)],
      askConfirmation: [chosen(true)],
      addStage: [undefined],
      tellResult: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['added'] })
    expect(givenTo(played, 'tellResult')).toEqual({ result: 'added', error: null })
  })

  it('removes an answer by going back: the next order does not contain it', async () => {
    const played = await play(fixMachine, given({ threads: ['01.01.01'] }), {
      ...one,
      askAction: [chosen('swap'), chosen('retry')],
      askAgent: [back],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: ['completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'runThreads')).toMatchObject({ action: 'retry', agent: null, note: null })
  })

  it('sees the error of an order, and continues', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], ['01.01.01']],
      inspectThreads: [options(), options()],
      askAction: [chosen('retry'), back],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: [busy],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'tellResult')).toEqual({ result: null, error: busy })
    expect(played.output).toMatchObject({ end: 'left', results: [], error: null })
  })

  it('who stops a run is not asked for more', async () => {
    const played = await play(fixMachine, guided, {
      ...one,
      askAction: [chosen('retry')],
      askNote: [chosen('')],
      askConfirmation: [chosen(true)],
      runThreads: ['interrupted'],
      tellResult: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['interrupted'] })
  })
})
