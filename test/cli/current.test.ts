import { expect, it } from 'vitest'
import { makeRepository, type TestWorkspace } from '../helpers/cli.ts'
import { streamEntry, workIndex } from '../builders/records.ts'

it('work current says that no workstream is current, and exits with 1', async () => {
  const { work } = withTwo()
  expect(await work('current')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'No workstream is current.\n  → work current --set <id>\n',
  })
  const { code, json } = await work('current', '--json')
  expect([code, json()]).toEqual([1, { current: null }])
})

it.each(['002-map', 'map', '2', '002'])('chooses a workstream by %s', async (name) => {
  const { work, read } = withTwo()
  expect(await work('current', '--set', name)).toMatchObject({ code: 0, stdout: '002-map\n', stderr: '' })
  expect(JSON.parse(read('work/index.json'))).toMatchObject({ current_stream: '002-map' })
  expect(await work('current')).toMatchObject({ code: 0, stdout: '002-map\n' })
})

it('chooses none with --clear', async () => {
  const { work, read } = withTwo('001-demo')
  expect(await work('current', '--clear')).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'No workstream is current.\n',
  })
  expect(JSON.parse(read('work/index.json'))).not.toHaveProperty('current_stream')
})

it('work current refuses an unknown workstream with near names and leaves the file as it is', async () => {
  const { work, read } = withTwo('001-demo')
  const before = read('work/index.json')
  expect(await work('current', '--set', 'mapp')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Workstream "mapp" not found. Did you mean 002-map?'),
  })
  expect(read('work/index.json')).toBe(before)
})

it('work current refuses --set together with --clear', async () => {
  expect(await withTwo().work('current', '--set', '1', '--clear')).toMatchObject({ code: 2, stdout: '' })
})

it('means the workstream of a session inside of one', async () => {
  const { run } = withTwo('001-demo')
  const { stdout } = await run(['current'], { env: { WORK_STREAM: '002-map' } })
  expect(stdout).toBe('002-map\n')
})

function withTwo(current?: string): TestWorkspace {
  const workspace = makeRepository()
  const streams = [streamEntry(), streamEntry({ id: '002-map', name: 'map', order: 2 })]
  workspace.write(
    'work/index.json',
    workIndex(streams, current === undefined ? {} : { current_stream: current }),
  )
  return workspace
}
