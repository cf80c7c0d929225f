import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { planText } from '../builders/plan.ts'
import { git, makeIsolated } from '../helpers/isolated.ts'
import { succeed } from '../helpers/scene.ts'

const plan = planText([[[['Lexer'], ['Parser'], ['Printer']]]])

/** Writes a line of the shared file, and a file of its own. */
const write = (line: string) => `
import { readFileSync, writeFileSync } from 'node:fs'
writeFileSync('${line}.txt', '${line}\\n')
writeFileSync('shared.txt', readFileSync('shared.txt', 'utf8').replace('two', '${line}'))`

test('status, review, fix and the end of a run show what is merged, and why the rest is not', async () => {
  const workspace = await makeIsolated(plan, {
    '01.01.01': write('lexer'),
    '01.01.02': write('parser'),
    '01.01.03': "import { writeFileSync } from 'node:fs'\nwriteFileSync('printer.txt', 'printer\\n')",
  })
  const run = await workspace.work('run', '--yes')
  expect(run.code).toBe(1)
  expect(run.stdout).toMatch(/01\.01\.02 failed: conflict after/)
  expect(run.stdout).toContain(
    [
      'Thread 01.01.02 (Thread 02) has conflicts with what 01.01.01 (Thread 01) changed:',
      '  shared.txt  both changed it',
      'Nothing was merged, and no file was touched. Its work is in work/.trees/001-01.01.02, on workthread/001-demo/01.01.02.',
      '  → work fix --thread 01.01.02',
    ].join('\n'),
  )

  const merged = git(workspace, 'rev-parse', 'workstream/001-demo')
  const status = await succeed(workspace, 'status')
  expect(status).toContain('workstream/001-demo: 2 of 3 merged, 3 clones\n')
  expect(status).toMatch(/01\.01\.02 .*✗ failed: conflict/)
  expect(status).toContain('\n    conflict in 1 file with 01.01.01: shared.txt\n')
  expect(status).toContain(merged.slice(0, 7))
  const measured = await succeed(workspace, 'status', '--clones')
  expect(measured).toMatch(/2 of 3 merged, 3 clones \(\d/)
  expect(measured).toMatch(/\n {4}\+2 -1 in 2 files, \d/)
  expect((await workspace.work('status', '--json')).json()).toMatchObject({
    streams: [
      {
        isolation: { mode: 'clone', branch: 'workstream/001-demo', merged: 2, threads: 3, clones: 3 },
        threads: [
          { delivery: { merged: expect.any(String) } },
          {
            clone: {
              folder: 'work/.trees/001-01.01.02',
              branch: 'workthread/001-demo/01.01.02',
              exists: true,
            },
            delivery: { conflict: { files: [{ path: 'shared.txt', with: ['01.01.01'] }] } },
          },
          { delivery: { merged } },
        ],
      },
    ],
  })

  const review = await succeed(workspace, 'review')
  expect(review).toContain('3 files changed in workstream/001-demo: +3 -1')
  expect(review).toMatch(/01\.01\.01 {2}\+2 -1 in 2 files\n +01\.01\.03 {2}\+1 -0 in 1 file\n/)
  expect(review).toContain('  → work land')
  const diff = await succeed(workspace, 'review', '1.1.1', '--diff')
  expect(diff).toContain('+lexer')
  expect(diff).not.toContain('parser')

  const fix = await workspace.work('fix', '--thread', '01.01.02', '--dry-run')
  expect(fix.stdout + fix.stderr).toContain('completed, then failed: conflict')

  rmSync(join(workspace.root, 'work/.trees/001-01.01.02'), { recursive: true })
  const gone = await succeed(workspace, 'status')
  expect(gone).toContain('2 of 3 merged, 2 clones\n')
  expect(gone).toContain('    clone gone: work/.trees/001-01.01.02, conflict in 1 file')
})

test('a workstream without clones shows nothing about them', async () => {
  const workspace = await makeIsolated(plan, { '01.01.01': write('lexer') }, { isolation: 'none' })
  await workspace.work('run', '--yes')
  const status = await succeed(workspace, 'status', '--clones')
  expect(status).not.toMatch(/merged|Merged|clone/)
})
