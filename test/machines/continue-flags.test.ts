import { describe, expect, it } from 'vitest'
import type { FixOutput, FixResult } from '../../machines/fix-context.ts'
import { givenTo, order } from './scripted.ts'
import { broken, chosen, fixed, given, limited, ordered, playApproved, two } from './continue-chart.ts'

describe('flags', () => {
  it.each([given({ way: 'skip', waits: false }), given({ isConfirmed: true })])(
    'answer every question: %j',
    async (input) => {
      const played = await playApproved(input, { lookBack: [limited], runRest: [{ gate: null }] })
      expect(order(played)).toBe('checkApproval lookBack runRest')
      expect(givenTo(played, 'runRest')).toEqual({ without: ['01.01.02', '01.01.03'] })
    },
  )

  it('fix each thread in the best way, and do not continue past an unfinished one', async () => {
    const played = await playApproved(given({ way: 'fix', isConfirmed: true }), {
      lookBack: [two, { ...two, threads: ['01.01.02'] }],
      fixThread: [ordered('01.01.01'), ordered('01.01.02')],
      runFixes: [['failed']],
    })
    expect(order(played)).toBe('checkApproval lookBack fixThread fixThread runFixes lookBack')
    expect(givenTo(played, 'fixThread')).toMatchObject({ action: 'best', isConfirmed: true })
    expect(played.output).toMatchObject({ end: 'unfinished' })
  })

  it.each<[string, FixResult[], string]>([
    ['is stopped', ['interrupted'], 'interrupted'],
    ['adds a stage, which has to be approved', ['completed', 'added'], 'planned'],
  ])('end with a fix that %s', async (_, results, end) => {
    const played = await playApproved(given({ way: 'fix' }), {
      lookBack: [two],
      fixThread: [ordered('01.01.01'), ordered('01.01.02')],
      askFixes: [chosen(true)],
      runFixes: [results],
    })
    expect(played.output).toEqual({ end, error: null, refused: null })
  })

  it.each<[FixOutput, string]>([
    [fixed('cancelled'), 'cancelled'],
    [{ ...fixed('failed'), error: broken }, 'failed'],
    [fixed('left'), 'aborted'],
  ])('end with a decision that is %j, and run nothing', async (output, end) => {
    const played = await playApproved(given({ way: 'fix' }), { lookBack: [two], fixThread: [output] })
    expect(played.output).toEqual({ end, error: output.error, refused: null })
  })

  it('end with a refused fix, and name its thread', async () => {
    const option = { action: 'retry', refusal: 'Its agent is gone.' } as const
    const played = await playApproved(given({ way: 'fix', isConfirmed: true }), {
      lookBack: [two],
      fixThread: [ordered('01.01.01'), { ...fixed('refused'), refusal: option }],
    })
    const refused = { threads: two.threads.slice(1), option }
    expect(played.output).toEqual({ end: 'failed', error: null, refused })
  })
})
