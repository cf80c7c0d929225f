import { describe, expect, it } from 'vitest'
import { fixMachine } from '../../machines/fix.ts'
import { givenTo, play } from './scripted.ts'
import { answers, busy, given, guided, options, stage, way } from './fix-chart.ts'

/** The last answers before an order is carried out. */
const noNote = { note: '' }
const start = { isConfirmed: true }

describe('the user', () => {
  const one = { loadThreads: [['01.01.01']], inspectThreads: [options()] }

  it('chooses the thread and the action, adds a note, and confirms', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02'], []],
      inspectThreads: [options()],
      ask: answers({ threads: ['01.01.02'] }, { action: 'retry' }, { note: 'Use port 0.' }, start),
      carryOut: ['completed'],
      tellResult: [undefined],
    })
    expect(way(played)).toBe(
      'loadThreads choosingThreads inspectThreads choosingAction writingNote confirmingOrder carryOut tellResult loadThreads',
    )
    expect(givenTo(played, 'carryOut')).toEqual({
      threads: ['01.01.02'],
      action: 'retry',
      agent: null,
      fixedStage: null,
      name: null,
      description: null,
      note: 'Use port 0.',
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('is offered the next thread until none is left', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02'], ['01.01.02'], []],
      inspectThreads: [options(), options()],
      ask: answers(
        { threads: ['01.01.01'] },
        { action: 'resume' },
        noNote,
        start,
        { action: 'swap' },
        { agent: 'other' },
        noNote,
        start,
      ),
      carryOut: ['completed', 'failed'],
      tellResult: [undefined, undefined],
    })
    expect(givenTo(played, 'carryOut')).toMatchObject({
      threads: ['01.01.02'],
      action: 'swap',
      agent: 'other',
      note: null,
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed', 'failed'] })
  })

  it('looks at the log, opens the session and edits agents.yaml before the decision', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], []],
      inspectThreads: [options('swap'), options('swap'), options('swap'), options()],
      ask: answers(
        ...(['log', 'attach', 'agents', 'swap'] as const).map((action) => ({ action })),
        { agent: 'other' },
        noNote,
        start,
      ),
      viewThreads: [undefined, undefined, undefined],
      carryOut: ['completed'],
      tellResult: [undefined],
    })
    const views = played.calls.filter(({ actor }) => actor === 'viewThreads').map(({ input }) => input)
    expect(views).toMatchObject(
      ['log', 'attach', 'agents'].map((action) => ({ threads: ['01.01.01'], action })),
    )
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('marks a thread as completed instead, or declines and chooses again', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], []],
      inspectThreads: [options()],
      ask: answers({ action: 'complete' }, 'back', { action: 'complete' }, { isDone: true }),
      completeThreads: [undefined],
      tellResult: [undefined],
    })
    expect(way(played)).toBe(
      'loadThreads inspectThreads choosingAction confirmingCompletion choosingAction confirmingCompletion completeThreads tellResult loadThreads',
    )
    expect(givenTo(played, 'completeThreads')).toEqual(['01.01.01'])
    expect(played.output).toMatchObject({ end: 'done', results: ['marked'] })
  })

  it('skips threads: they are not offered again', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [
        ['01.01.01', '01.01.02', '01.01.03'],
        ['01.01.01', '01.01.02', '01.01.03'],
        ['01.01.01', '01.01.02', '01.01.03'],
      ],
      inspectThreads: [options(), options()],
      ask: answers(
        { threads: ['01.01.01'] },
        { action: 'skip' },
        { threads: ['01.01.02', '01.01.03'] },
        { action: 'skip' },
      ),
    })
    const asked = played.calls.filter(({ actor }) => actor === 'ask').map(({ input }) => input)
    expect(asked[2]).toMatchObject({
      question: 'choosingThreads',
      known: { candidates: ['01.01.02', '01.01.03'] },
    })
    expect(played.output).toMatchObject({ end: 'skipped', results: [] })
  })

  it('hands over an order that another flow carries out', async () => {
    const input = given({ threads: ['01.01.01'], isCollected: true })
    const played = await play(fixMachine, input, {
      ...one,
      ask: answers({ action: 'resume' }, { note: 'Go.' }),
    })
    expect(played.output).toMatchObject({
      end: 'ordered',
      order: { threads: ['01.01.01'], action: 'resume', note: 'Go.' },
    })
  })

  it('goes back question by question, and starts over', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02']],
      inspectThreads: [options()],
      ask: answers(
        { threads: ['01.01.01'] },
        { action: 'swap' },
        { agent: 'other' },
        { note: 'Hello.' },
        'back',
        'back',
        'back',
        'back',
        'back',
      ),
    })
    expect(way(played)).toBe(
      'loadThreads choosingThreads inspectThreads choosingAction choosingAgent writingNote confirmingOrder writingNote choosingAgent choosingAction choosingThreads',
    )
    expect(played.output).toMatchObject({ end: 'left', results: [] })
  })

  it('who goes back and chooses other threads gets what can be done to those', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01', '01.01.02']],
      inspectThreads: [options(), options('resume')],
      ask: answers({ threads: ['01.01.01'] }, 'back', { threads: ['01.01.02'] }, 'cancel'),
    })
    expect(givenTo(played, 'inspectThreads')).toEqual(['01.01.02'])
    expect(givenTo(played, 'ask')).toMatchObject({
      question: 'choosingAction',
      known: { options: options('resume') },
    })
  })

  it('who goes back after a fix ends the flow with its results', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01'], ['01.01.01']],
      inspectThreads: [options(), options()],
      ask: answers({ action: 'stage' }, { name: stage.name }, { description: '' }, start, 'back'),
      carryOut: ['added'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'carryOut')).toMatchObject({ action: 'stage', fixedStage: null, name: 'login' })
    expect(givenTo(played, 'tellResult')).toBe('added')
    expect(played.output).toMatchObject({ end: 'done', results: ['added'] })
  })

  it('is asked again after an answer that is not possible', async () => {
    const played = await play(fixMachine, guided, {
      loadThreads: [['01.01.01']],
      inspectThreads: [options('resume')],
      ask: answers({ action: 'resume' }, { action: 'retry' }, 'back', 'back'),
    })
    expect(way(played)).toBe(
      'loadThreads inspectThreads choosingAction choosingAction writingNote choosingAction',
    )
    expect(played.output).toMatchObject({ end: 'left', refusal: null })
  })

  it('removes an answer by going back: the next order does not contain it', async () => {
    const played = await play(fixMachine, given({ threads: ['01.01.01'] }), {
      ...one,
      ask: answers(
        { action: 'swap' },
        { agent: 'other' },
        'back',
        'back',
        { action: 'retry' },
        noNote,
        start,
      ),
      carryOut: ['completed'],
      tellResult: [undefined],
    })
    expect(givenTo(played, 'carryOut')).toMatchObject({ action: 'retry', agent: null, note: null })
  })

  describe.each([
    ['an order', [{ action: 'retry' }, noNote, start], { carryOut: [busy] }],
    ['a completion', [{ action: 'complete' }, { isDone: true }], { completeThreads: [busy] }],
    ['a view', [{ action: 'attach' }], { viewThreads: [busy] }],
  ] as const)('sees why %s is refused', (_, chosen, refused) => {
    const again = { tellRefusal: [undefined], inspectThreads: [options(), options('retry')] }

    it('and decides again about the same threads', async () => {
      const played = await play(fixMachine, given({ threads: ['01.01.01'] }), {
        loadThreads: [['01.01.01']],
        ...refused,
        ...again,
        ask: answers(...chosen, 'back'),
      })
      expect(givenTo(played, 'tellRefusal')).toBe(busy)
      expect(way(played)).toMatch(/ tellRefusal inspectThreads choosingAction$/)
      const known = { threads: ['01.01.01'], options: options('retry'), action: null, note: null }
      expect(givenTo(played, 'ask')).toMatchObject({ known })
      expect(played.output).toMatchObject({ end: 'left', results: [] })
    })

    it('and goes back to the choice of threads', async () => {
      const played = await play(fixMachine, guided, {
        loadThreads: [['01.01.01', '01.01.02']],
        ...refused,
        ...again,
        ask: answers({ threads: ['01.01.01'] }, ...chosen, 'back', 'cancel'),
      })
      expect(way(played)).toMatch(/ tellRefusal inspectThreads choosingAction choosingThreads$/)
    })
  })

  it('chooses other threads when the action that a flag gives is refused', async () => {
    const played = await play(fixMachine, given({ action: 'retry', isConfirmed: true }), {
      loadThreads: [['01.01.01', '01.01.02', '01.01.03'], ['01.01.02', '01.01.03'], []],
      inspectThreads: [options(), options()],
      ask: answers({ threads: ['01.01.01'] }, { threads: ['01.01.02', '01.01.03'] }),
      carryOut: [busy, 'completed'],
      tellRefusal: [undefined],
      tellResult: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['completed'] })
  })

  it('is not asked again after an error that is no refusal', async () => {
    const bug = new TypeError('x is not a function')
    const played = await play(fixMachine, guided, {
      ...one,
      ask: answers({ action: 'complete' }, { isDone: true }),
      completeThreads: [bug],
      tellRefusal: [bug],
    })
    expect(played.output).toMatchObject({ end: 'failed', error: bug })
  })

  it('who stops a run is not asked for more', async () => {
    const played = await play(fixMachine, guided, {
      ...one,
      ask: answers({ action: 'retry' }, noNote, start),
      carryOut: ['interrupted'],
      tellResult: [undefined],
    })
    expect(played.output).toMatchObject({ end: 'done', results: ['interrupted'] })
  })
})
