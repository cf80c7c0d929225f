import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { columnsOf, knownColumns, rowsOf, sizedScreen } from '../../src/ui/terminal-size.ts'

it.each([
  [{ isTTY: true, columns: 120 }, 120],
  [{ isTTY: true, columns: 0 }, undefined],
  [{ isTTY: true }, undefined],
  [{ isTTY: true, columns: NaN }, undefined],
  [{ isTTY: false, columns: 80 }, undefined],
])('of %j the columns that a text must fit in are %s: 0 means unknown', (stream, columns) => {
  expect(knownColumns(stream)).toBe(columns)
})

it.each([
  [{ columns: 0, rows: 0 }, [80, 24]],
  [{}, [80, 24]],
  [{ columns: 1, rows: 1 }, [1, 1]],
])('a screen of %j is drawn on as one of %j', (screen, [columns, rows]) => {
  expect([columnsOf(screen), rowsOf(screen)]).toEqual([columns, rows])
})

it('a sized screen has a size, follows its screen, and writes to it', () => {
  const written: string[] = []
  const screen = Object.assign(
    new Writable({
      write: (chunk: Buffer, _, done) => {
        written.push(chunk.toString())
        done()
      },
    }),
    { columns: 0, rows: 0 },
  )
  const sized = sizedScreen(screen)
  expect([sized.columns, sized.rows]).toEqual([80, 24])
  screen.columns = 33
  expect(sized.columns).toBe(33)
  sized.write('text')
  expect(written).toEqual(['text'])
})
