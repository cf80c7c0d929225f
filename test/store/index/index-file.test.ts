import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  findStream,
  newIndexText,
  nextStreamId,
  openIndex,
  type WorkIndex,
} from '../../../src/store/index/index-file.ts'
import { get, makeWorkspace, now, put, thrownBy } from '../../builders/workspace.ts'

const stamps = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-01-01T00:00:00.000Z' }
const index: WorkIndex = {
  version: '1.0.0',
  last_updated: '2026-01-01T00:00:00.000Z',
  current_stream: '005-session-tracking',
  streams: [
    { id: '000-first', name: 'first', order: 0, ...stamps },
    { id: '005-session-tracking', name: 'session-tracking', order: 5, ...stamps },
    { id: '012-github', name: 'github', ...stamps },
  ],
}

test.each([
  ['005-session-tracking', '005-session-tracking'],
  ['session-tracking', '005-session-tracking'],
  ['5', '005-session-tracking'],
  ['005', '005-session-tracking'],
  ['0', '000-first'],
  ['12', '012-github'],
])('%s names the workstream %s', (name, id) => {
  expect(findStream(index, name).id).toBe(id)
})

test.each([
  ['sesion-tracking', 'Workstream "sesion-tracking" not found. Did you mean 005-session-tracking?'],
  ['git', 'Workstream "git" not found. Did you mean 012-github?'],
  ['7', 'Workstream "7" not found. There are: 000-first, 005-session-tracking, 012-github.'],
])('an unknown name such as %s is an error that lists the workstreams', async (name, message) => {
  expect(await thrownBy(() => findStream(index, name))).toMatchObject({ code: 'stream-not-found', message })
})

test('the next workstream takes the number after the last', () => {
  expect(nextStreamId(index, 'new')).toBe('013-new')
  expect(nextStreamId({ ...index, streams: [] }, 'new')).toBe('001-new')
})

test('an index is changed under its lock, and unknown fields stay', async () => {
  const workspace = makeWorkspace()
  const before = put(workspace.index, {
    ...index,
    streams: index.streams.map((stream) => ({ ...stream, size: 'medium' })),
  })
  await openIndex(workspace, now).commit((file) => (file.current_stream = '000-first'))
  expect(get(workspace.index)).toBe(
    before
      .replace('"current_stream": "005-session-tracking"', '"current_stream": "000-first"')
      .replace('"last_updated": "2026-01-01T00:00:00.000Z"', `"last_updated": "${now().toISOString()}"`),
  )
})

test('an optional field can be removed', async () => {
  const workspace = makeWorkspace()
  put(workspace.index, index)
  await openIndex(workspace, now).commit((file) => delete file.current_stream)
  expect(openIndex(workspace, now).read()).not.toHaveProperty('current_stream')
})

test('without an index the repository is not initialized, and nothing is created', async () => {
  const workspace = makeWorkspace()
  const store = openIndex(workspace, now)
  expect(await thrownBy(() => store.read())).toMatchObject({ code: 'not-initialized', hint: 'work init' })
  expect(await thrownBy(() => store.commit(() => 1))).toMatchObject({ code: 'not-initialized' })
  expect(existsSync(workspace.run)).toBe(false)
  put(workspace.index, newIndexText(now()))
  expect(store.read()).toMatchObject({ version: '1.0.0', last_updated: now().toISOString(), streams: [] })
})

test('a workspace in a database is reported as such', async () => {
  const workspace = makeWorkspace()
  put(join(workspace.work, 'db.sqlite'), '')
  expect(await thrownBy(() => openIndex(workspace, now).read())).toMatchObject({ code: 'database-workspace' })
})

test.each([
  [{ ...index, version: '9.0.0' }, 'file-version', 'work/index.json: found version "9.0.0", expected 1.0.0.'],
  [
    { ...index, streams: [{ ...index.streams[0], approval: { status: 'maybe' } }] },
    'file-invalid',
    'work/index.json:13:19: streams[0] (000-first).approval.status: found "maybe", expected one of draft, approved, revoked.',
  ],
])('an invalid index is rejected and left unchanged', async (content, code, message) => {
  const workspace = makeWorkspace()
  const before = put(workspace.index, content)
  expect(await thrownBy(() => openIndex(workspace, now).commit(() => 1))).toMatchObject({ code, message })
  expect(get(workspace.index)).toBe(before)
})
