import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { factsOf, makeFailed, traceOf } from '../helpers/failed.ts'
import { sessionsOf, succeed, tasksOf } from '../helpers/scene.ts'

describe('work fix --new-stage', () => {
  test('adds a stage that fixes another one; after its approval it runs despite failed threads', async () => {
    const workspace = await makeFailed()
    const before = workspace.read('work/001-demo/PLAN.md')
    const flags = ['--thread', '01.01.02', '--name', 'Free the port', '--description', 'Port 3000 is taken.']
    const told = await succeed(workspace, 'fix', '--new-stage', ...flags, '--yes')
    const plan = workspace.read('work/001-demo/PLAN.md')
    expect(plan.startsWith(before.trimEnd())).toBe(true)
    expect(plan.slice(before.trimEnd().length)).toMatch(
      /^\n\n### Stage 03: Fix - Free the port\n[^]*Port 3000 is taken\./,
    )
    expect(told).toContain('work approve revision')
    expect(sessionsOf(workspace, '01.01.02')).toHaveLength(1)

    expect((await workspace.work('continue', '--skip')).stderr).toContain('approve')
    await succeed(workspace, 'approve', 'revision')
    expect(tasksOf(workspace).tasks.map(({ id }) => id)).toContain('03.01.01.01')
    workspace.write('mended', '')
    await succeed(workspace, 'approve', 'stage', '1', '--force')
    await workspace.work('continue', '--skip')
    await succeed(workspace, 'approve', 'stage', '2')
    const last = await workspace.work('continue', '--skip', '--json')

    expect(last.json()).toMatchObject({ status: 'completed', skipped: ['01.01.02', '01.01.03'] })
    expect(traceOf(workspace).slice(3)).toEqual([
      '01.02.01 #1 default local/one fresh',
      '02.01.01 #1 default local/one fresh',
      '03.01.01 #1 default local/one fresh',
    ])
    expect(sessionsOf(workspace, '01.01.02')).toMatchObject([{ status: 'failed' }])
  })

  test('names the stage to fix where no thread does', async () => {
    const workspace = await makeFailed()
    const flags = ['--stage', '1', '--name', 'Ports', '--yes', '--json']
    const { code, json } = await workspace.work('fix', '--new-stage', ...flags)
    expect(code).toBe(0)
    expect(json()).toMatchObject({ action: 'add-stage', id: '03', name: 'Fix - Ports' })
  })

  test('shows with --dry-run what it would add, and what can not be added', async () => {
    const workspace = await makeFailed()
    const before = factsOf(workspace)
    const flags = ['--new-stage', '--thread', '01.01.02', '--name', 'Ports', '--dry-run']
    expect(await succeed(workspace, 'fix', ...flags, '--batch')).toBe(
      '001-demo: this adds a batch at the end of that stage of PLAN.md to fix stage 01: Fix - Ports\n',
    )
    const { code, stderr } = await workspace.work('fix', ...flags, '--stage', '7')
    expect(code).toBe(2)
    expect(stderr).toContain('There is no stage "7". There are: 01 Stage 01, 02 Stage 02.')
    expect(factsOf(workspace)).toEqual(before)
    writeFileSync(
      workspace.stream.plan,
      Buffer.from(workspace.read('work/001-demo/PLAN.md') + '\xE9', 'latin1'),
    )
    const unsafe = await workspace.work('fix', ...flags)
    expect(unsafe).toMatchObject({ code: 2, stderr: expect.stringContaining('PLAN.md is not in UTF-8.') })
  })

  test('adds a batch at the end of the stage instead, with --batch', async () => {
    const workspace = await makeFailed()
    await succeed(workspace, 'fix', '--new-stage', '--stage', '1', '--name', 'Ports', '--batch', '--yes')
    expect(workspace.read('work/001-demo/PLAN.md')).toMatch(
      /##### Batch 03: Fix - Ports[^]*### Stage 02: Stage 02/,
    )
  })
})

test('with only the flags of add-stage it does what that does, and says where that is now', async () => {
  const workspace = await makeFailed()
  const { code, stdout, stderr } = await workspace.work('fix', '--stage', '1', '--name', 'Ports')
  expect(code).toBe(0)
  expect(stderr).toContain('work fix --stage is now work add-stage, which is run instead.')
  const other = await makeFailed()
  expect(stdout).toBe(await succeed(other, 'add-stage', '--stage', '1', '--name', 'Ports'))
  expect(factsOf(workspace)['PLAN.md']).toBe(factsOf(other)['PLAN.md'])
})
