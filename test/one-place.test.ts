import { expect, it } from 'vitest'
import { machines } from '../machines/index.ts'
import { programFiles } from './helpers/program-files.ts'

const files = programFiles()

it('only src/paths.ts spells the path of a lock', () => {
  const lockPath = /join\([^()]*['"]locks['"]|\.run\/locks/
  const spelled = files.filter(({ text }) => lockPath.test(text)).map(({ path }) => path)
  expect(spelled).toEqual(['src/paths.ts'])
})

const events = Object.entries(machines).flatMap(([chart, machine]) =>
  machine.events
    .map(String)
    .filter((event) => /^[A-Z]/.test(event))
    .map((event) => [event, chart] as const),
)

it.each(events)('%s of the chart %s is sent by the program', (event) => {
  // As `type: 'X'`, or as a value of the table from which the board takes the event of a key. Pictures only name events.
  const sent = new RegExp(`: '${event}'`)
  const senders = files.filter(({ path, text }) => /^src\/(?!diagram\/)/.test(path) && sent.test(text))
  expect(senders).not.toEqual([])
})

it('the charts that take events are known', () => {
  // The others are given no events: they ask through actors.
  expect(new Set(events.map(([, chart]) => chart))).toEqual(new Set(['thread', 'run', 'board']))
})
