import { describe, expect, it } from 'vitest'
import { continueMachine } from '../../machines/continue.ts'
import { givenTo, order, play } from './scripted.ts'
import {
  back,
  broken,
  cancel,
  chosen,
  clean,
  fixed,
  given,
  interrupted,
  limited,
  ordered,
  playApproved,
  two,
} from './continue-chart.ts'

describe('the approval of the plan', () => {
  it('is asked for before anything else, and the run follows', async () => {
    const played = await play(continueMachine, given({}), {
      checkApproval: ['unapproved'],
      askApproval: [chosen(true)],
      approvePlan: [undefined],
      lookBack: [clean],
      runRest: [{ gate: null }],
    })
    expect(order(played)).toBe('checkApproval askApproval approvePlan lookBack runRest')
    expect(played.output).toMatchObject({ end: 'done' })
  })

  it.each([
    ['aborted', back],
    ['cancelled', cancel],
  ])('that is not given ends the run as %s, and nothing is started', async (end, answer) => {
    const played = await play(continueMachine, given({}), {
      checkApproval: ['unapproved'],
      askApproval: [answer],
    })
    expect(played.output).toMatchObject({ end })
  })

  it('that nobody can be asked for ends the run with the error', async () => {
    const played = await play(continueMachine, given({}), { checkApproval: [broken] })
    expect(played.output).toMatchObject({ end: 'failed', error: broken })
  })
})

describe('the approval of a stage', () => {
  it('continues with the next stage, and leaves out what was left out before', async () => {
    const played = await playApproved(given({ way: 'skip' }), {
      lookBack: [two],
      runRest: [{ gate: '01' }, { gate: '02' }],
      askStage: [chosen(true), back],
      approveStage: [undefined],
    })
    expect(order(played)).toBe('checkApproval lookBack runRest askStage approveStage runRest askStage')
    const runs = played.calls.filter(({ actor }) => actor === 'runRest')
    expect(runs.map(({ input }) => input)).toEqual([{ without: ['01.01.02'] }, { without: ['01.01.02'] }])
    expect(givenTo(played, 'approveStage')).toEqual({ stage: '01' })
    expect(played.output).toMatchObject({ end: 'done' })
  })

  it.each([back, cancel])('that is not given ends the run: %j', async (answer) => {
    const played = await playApproved(given({}), {
      lookBack: [clean],
      runRest: [{ gate: '01' }],
      askStage: [answer],
    })
    expect(played.output).toMatchObject({ end: 'done' })
  })
})

describe('work run', () => {
  it('resumes what was interrupted without a question', async () => {
    const played = await playApproved(given({ asksAbout: 'failed' }), {
      lookBack: [interrupted],
      runRest: [{ gate: null }],
    })
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })

  it('asks before it retries what failed', async () => {
    const played = await playApproved(given({ asksAbout: 'failed' }), {
      lookBack: [two],
      askWay: [chosen('retry')],
      runRest: [{ gate: null }],
    })
    expect(order(played)).toBe('checkApproval lookBack askWay runRest')
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })

  it('retries what failed when a flag says so', async () => {
    const played = await playApproved(given({ asksAbout: 'failed', way: 'retry' }), {
      lookBack: [two],
      runRest: [{ gate: null }],
    })
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })
})

describe('the user', () => {
  it('is not asked if no thread is unfinished', async () => {
    const played = await playApproved(given({}), { lookBack: [clean], runRest: [{ gate: null }] })
    expect(order(played)).toBe('checkApproval lookBack runRest')
    expect(givenTo(played, 'runRest')).toEqual({ without: [] })
  })

  it('continues without failed threads', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two],
      askWay: [chosen('skip')],
      runRest: [{ gate: null }],
    })
    expect(givenTo(played, 'askWay')).toEqual(two)
    expect(givenTo(played, 'runRest')).toEqual({ without: ['01.01.02'] })
  })

  it('decides about thread after thread, and the fixes run together', async () => {
    const orders = [ordered('01.01.01'), ordered('01.01.02', 'swap')]
    const played = await playApproved(given({}), {
      lookBack: [two, clean],
      askWay: [chosen('fix')],
      fixThread: orders,
      askFixes: [chosen(true)],
      runFixes: [['completed']],
      runRest: [{ gate: null }],
    })
    expect(order(played)).toBe(
      'checkApproval lookBack askWay fixThread fixThread askFixes runFixes lookBack runRest',
    )
    expect(played.calls.filter(({ actor }) => actor === 'fixThread').map(({ input }) => input)).toMatchObject(
      [
        { threads: ['01.01.01'], action: null, isConfirmed: false, isCollected: true },
        { threads: ['01.01.02'], action: null, isConfirmed: false, isCollected: true },
      ],
    )
    expect(givenTo(played, 'runFixes')).toEqual({ orders: orders.map((one) => one.order) })
  })

  it('goes back to the thread before, and from the first one to the first question', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two],
      askWay: [chosen('fix'), back],
      fixThread: [
        ordered('01.01.01'),
        ordered('01.01.02'),
        fixed('left'),
        ordered('01.01.01'),
        fixed('left'),
        fixed('left'),
      ],
      askFixes: [back],
    })
    const asked = played.calls.filter(({ actor }) => actor === 'fixThread').map(({ input }) => input)
    const [first, second] = [{ threads: ['01.01.01'] }, { threads: ['01.01.02'] }]
    expect(asked).toMatchObject([first, second, second, first, second, first])
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('is asked again when every thread was skipped or marked as completed', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two, { ...two, threads: ['01.01.01'], failed: [] }],
      askWay: [chosen('fix'), chosen('abort')],
      fixThread: [fixed('skipped'), fixed('done', 'marked')],
    })
    expect(order(played)).toBe('checkApproval lookBack askWay fixThread fixThread lookBack askWay')
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('is asked again when a fix was not enough', async () => {
    const played = await playApproved(given({}), {
      lookBack: [two, two],
      askWay: [chosen('fix'), chosen('abort')],
      fixThread: [fixed('skipped'), ordered('01.01.02')],
      askFixes: [chosen(true)],
      runFixes: [['failed']],
    })
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('waits for a provider, or not', async () => {
    const asked = { lookBack: [limited], askWay: [chosen('skip')], runRest: [{ gate: null }] }
    const waited = await playApproved(given({}), {
      ...asked,
      askWait: [chosen(true)],
      waitForProviders: ['elapsed'],
    })
    expect(givenTo(waited, 'runRest')).toEqual({ without: ['01.01.02'] })
    const left = await playApproved(given({}), { ...asked, askWait: [chosen(false)] })
    expect(givenTo(left, 'runRest')).toEqual({ without: ['01.01.02', '01.01.03'] })
  })

  it('goes back from the second question to the first', async () => {
    const played = await playApproved(given({}), {
      lookBack: [limited],
      askWay: [chosen('skip'), back],
      askWait: [back],
    })
    expect(played.output).toMatchObject({ end: 'aborted' })
  })

  it('who stops the countdown starts nothing', async () => {
    const played = await playApproved(given({ waits: true }), {
      lookBack: [limited],
      waitForProviders: ['cancelled'],
    })
    expect(played.output).toMatchObject({ end: 'cancelled' })
  })
})
