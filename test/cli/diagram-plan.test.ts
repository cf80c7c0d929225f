import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { session, task } from '../builders/records.ts'

describe('work diagram without an argument', () => {
  const text = `# Plan: Parcels

## Summary

Track parcels.

## Stages

### Stage 01: Storage

Where they are kept.

#### Stage Batches

##### Batch 01: Tables

###### Thread 01: Parcels\u001b[31m

1. One
2. Two

###### Thread 02: Users

- [x] Users

##### Batch 02: Index

###### Thread 01: Index

By number.
`

  it('without a workstream names the command that makes one', async () => {
    const { work } = makeRepository()
    const outside = await work('diagram')
    expect(outside).toMatchObject({ code: 2, stdout: '' })
    expect(outside.stderr).toContain('→ work init')
    await work('init')
    const empty = await work('diagram')
    expect(empty).toMatchObject({ code: 2, stdout: '' })
    expect(empty.stderr).toContain('There is no workstream yet.\n  → work create <name>')
  })

  it('draws a plan before its approval, as Mermaid in a pipe and as text where asked', async () => {
    const { work, write, remove, root } = makeWorkspace()
    remove('work/001-demo/tasks.json')
    write('work/001-demo/PLAN.md', text)
    const piped = await work('diagram')
    expect(piped).toMatchObject({ code: 0, stderr: '' })
    expect(piped.stdout).toContain('flowchart TB\n')
    expect(piped.stdout).toContain('title: "Plan: Parcels · 001-demo · not approved"')
    const { stdout } = await work('diagram', '--format', 'text')
    expect(stdout).toBe(`Plan: Parcels · 001-demo · not approved

○ Stage 01: Storage
├── ○ Batch 01: Tables (2 at the same time)
│   ├── ○ 01.01.01 Parcels · pending
│   └── ✓ 01.01.02 Users · completed
└── ○ Batch 02: Index
    └── ○ 01.02.01 Index · pending
`)
    expect(existsSync(join(root, 'work/001-demo/tasks.json'))).toBe(false)
  })

  it('draws what tasks.json has of each thread, with a plan or without one', async () => {
    const failed = session({ status: 'failed', reason: 'exit', exitCode: 3 })
    const short = session({ status: 'completed' })
    const workspace = makeWorkspace([
      task({ id: '01.01.01.01', status: 'completed', sessions: [failed] }),
      task({ id: '01.01.01.02' }),
      task({ id: '01.01.02.01', sessions: [short] }),
      task({ id: '02.01.01.01', status: 'blocked' }),
    ])
    const { json } = await workspace.work('diagram', '--json')
    expect(json()).toMatchObject({
      chart: 'plan',
      stream: '001-demo',
      approval: 'unknown',
      stages: [
        {
          id: '01',
          status: 'failed',
          batches: [
            {
              id: '01.01',
              threads: [
                { id: '01.01.01', status: 'failed', reason: 'exit', tasks: { total: 2, completed: 1 } },
                { id: '01.01.02', status: 'incomplete', reason: 'incomplete' },
              ],
            },
          ],
        },
        { id: '02', batches: [{ threads: [{ id: '02.01.01', status: 'blocked', reason: null }] }] },
      ],
    })
    workspace.write('work/001-demo/PLAN.md', text)
    const { stdout } = await workspace.work('diagram', '--format', 'text')
    expect(stdout).toContain('✗ 01.01.01 Thread 01.01.01 · failed: error · 1/2 tasks\n')
    expect(stdout).toContain('◐ 01.01.02 Thread 01.01.02 · incomplete\n')
  })

  it('writes its file with --out, and leaves a flowchart of the user as it is', async () => {
    const { work, write, read } = makeWorkspace([task({ id: '01.01.01.01' })])
    expect((await work('diagram', '--out', 'out', '--format', 'text')).stdout).toBe(
      `${join('out', 'plan.txt')}\n`,
    )
    expect(read('out/plan.txt')).toContain('○ 01.01.01 Thread 01.01.01 · pending')
    write('out/plan.mmd', 'flowchart TB\n  mine --> yours\n')
    const { code, stderr } = await work('diagram', '--out', 'out')
    expect(code).toBe(2)
    expect(stderr).toContain('out/plan.mmd is there, and it is no diagram of this command.')
    expect(read('out/plan.mmd')).toContain('mine')
  })

  it('of a plan with errors draws what can be read and says so; without a stage it is an error', async () => {
    const { work, write, remove } = makeWorkspace()
    remove('work/001-demo/tasks.json')
    write('work/001-demo/PLAN.md', `${text}\n### Stage 01: Twice\n`)
    const twice = await work('diagram', '--format', 'text')
    expect(twice.stdout).toContain('○ Stage 01: Twice\n')
    expect(twice.stderr).toMatch(
      /PLAN\.md has .*error.*; the diagram shows what could be read\.\n {2}→ work validate plan/,
    )
    write('work/001-demo/PLAN.md', '# Plan: Empty\n')
    const empty = await work('diagram')
    expect(empty).toMatchObject({ code: 2, stdout: '' })
    expect(empty.stderr).toContain('PLAN.md has no stage to draw.\n  → work validate plan')
  })
})
