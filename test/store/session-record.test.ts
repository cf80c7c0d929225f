import { expect, expectTypeOf, it } from 'vitest'
import type * as z from 'zod/mini'
import type { SessionRecord } from '../../machines/session.ts'
import { StoredSession } from '../../src/store/tasks/schema.ts'

type Stored = z.infer<typeof StoredSession>

it('is one type for the charts and for tasks.json', () => {
  // Refused by `npm run check:types` as soon as one of the two has a field that the other lacks.
  expectTypeOf<SessionRecord>().toEqualTypeOf<Stored>()
  expectTypeOf<Stored>().toEqualTypeOf<SessionRecord>()
  expect(Object.keys(StoredSession.shape)).toContain('sessionId')
})

it('is compared field by field, in depth, and with the ways in which a field may be absent', () => {
  type Rest<Name extends keyof SessionRecord> = Omit<SessionRecord, Name>
  expectTypeOf<SessionRecord & { more?: string | undefined }>().not.toEqualTypeOf<Stored>()
  expectTypeOf<Rest<'log'>>().not.toEqualTypeOf<Stored>()
  expectTypeOf<Rest<'note'> & { note?: string }>().not.toEqualTypeOf<Stored>()
  expectTypeOf<Rest<'origin'> & { origin?: { root: string } | undefined }>().not.toEqualTypeOf<Stored>()
  expect(StoredSession.shape.origin.def.innerType.shape).toHaveProperty('root')
})
