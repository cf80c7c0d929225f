import { expect, it } from 'vitest'
import { renderReview, type ReviewView } from '../../src/ui/review.ts'
import { createStyle } from '../../src/ui/style.ts'

const style = createStyle({ color: false, unicode: true })

/** One thread whose only task is named by a whole paragraph. */
const review: ReviewView = {
  target: { level: 'stage', id: '01', name: 'One' },
  threads: [
    {
      id: '01.01.01',
      name: 'Parser',
      status: 'completed',
      reason: null,
      agent: 'default',
      attempts: 1,
      duration: 1000,
      usage: {},
      reports: [
        {
          task: '01.01.01.01',
          name: 'Write the parser for the price list, with every rule that the shop has about its prices.',
          report: 'Parses all rules but that for gifts.',
        },
      ],
      open: [],
    },
  ],
  totals: { completed: 1, attempts: 1, duration: 1000, usage: {} },
  changes: { type: 'unknown', why: 'there is no git' },
}

it('on 80 columns a report is shown, however long the name of its task is', () => {
  const lines = renderReview(review, { style, width: 80 })
  expect(lines).toContain('  01.01.01.01 Write the parser fo…: Parses all rules but that for gifts.')
})

it('without a width names and reports are whole', () => {
  const [report] = review.threads[0]?.reports ?? []
  expect(renderReview(review, { style })).toContain(`  ${report?.task} ${report?.name}: ${report?.report}`)
})
