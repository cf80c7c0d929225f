import { expect, it } from 'vitest'
import { machines } from '../machines/index.ts'
import { exportedNames } from './helpers/exported-names.ts'
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

/** What each runner exports of itself, and the files of which two may have it. */
const sameInRunners = {
  names: ['runner', 'readOptions'],
  place: /^src\/runners\/([\w-]+\/(index|options)|agent-cli\/[\w-]+)\.ts$/,
}

it('an exported name means one thing in all of the program', () => {
  const places = new Map<string, string[]>()
  for (const { path, text } of files) {
    for (const name of exportedNames(text)) {
      if (sameInRunners.names.includes(name) && sameInRunners.place.test(path)) continue
      places.set(name, [...(places.get(name) ?? []), path])
    }
  }
  expect([...places].filter(([, paths]) => paths.length > 1)).toEqual([])
  expect(places.get('threadMachine')).toEqual(['machines/thread.ts'])
})

it.each([
  ['export const a = 1, b = 2', ['a', 'b']],
  ['export async function a() {}', ['a']],
  ['export class A {}', ['A']],
  ['export interface A {}; export type B = 1', ['A', 'B']],
  ['export const A = 1; export type A = 1', ['A']],
  ['const a = 1; export { a as b }', ['b']],
  [`export { a } from './a.ts'; export * from './b.ts'`, []],
  [`import { a } from './a.ts'; export { a }`, []],
  ['const a = 1', []],
])('the exports of "%s" are %j', (text, names) => {
  expect(exportedNames(text)).toEqual(names)
})
