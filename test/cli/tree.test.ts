import { expect, it } from 'vitest'
import { makeWorkspace } from '../helpers/cli.ts'
import { session, task } from '../builders/records.ts'

const tasks = [
  task({ id: '01.01.01.01', status: 'completed' }),
  task({ id: '01.01.02.01', assigned_agent: 'reviewer' }),
  task({ id: '01.01.02.02', status: 'blocked' }),
  task({ id: '01.02.01.01', sessions: [session({ status: 'failed', reason: 'exit', exitCode: 3 })] }),
  task({ id: '02.01.01.01' }),
]

it('work tree draws stages, batches and threads with their status, numbers of tasks and agents', async () => {
  const { code, stdout } = await makeWorkspace(tasks).work('tree')
  expect(code).toBe(0)
  expect(stdout).toBe(`001-demo (5)
├── ✗ 01 Stage 01 (4)
│   ├── ✗ 01.01 Batch 01.01 (3)
│   │   ├── ✓ 01.01.01 Thread 01.01.01 (1)
│   │   └── ✗ 01.01.02 Thread 01.01.02 (2) @reviewer
│   └── ✗ 01.02 Batch 01.02 (1)
│       └── ✗ 01.02.01 Thread 01.02.01 (1)
└── ○ 02 Stage 02 (1)
    └── ○ 02.01 Batch 02.01 (1)
        └── ○ 02.01.01 Thread 02.01.01 (1)
`)
})

it('work tree draws one batch with --batch', async () => {
  const { stdout } = await makeWorkspace(tasks).work('tree', '--batch', '1.2')
  expect(stdout).toBe(`001-demo (1)
└── ✗ 01 Stage 01 (1)
    └── ✗ 01.02 Batch 01.02 (1)
        └── ✗ 01.02.01 Thread 01.02.01 (1)
`)
})

it('nests the same with --json', async () => {
  const { json } = await makeWorkspace(tasks).work('tree', '--json', '--batch', '01.01')
  expect(json()).toEqual({
    stream: '001-demo',
    stages: [
      {
        id: '01',
        name: 'Stage 01',
        status: 'blocked',
        batches: [
          {
            id: '01.01',
            name: 'Batch 01.01',
            status: 'blocked',
            threads: [
              {
                id: '01.01.01',
                name: 'Thread 01.01.01',
                status: 'completed',
                tasks: [{ id: '01.01.01.01', name: 'Do 01.01.01.01', status: 'completed' }],
              },
              {
                id: '01.01.02',
                name: 'Thread 01.01.02',
                status: 'blocked',
                agent: 'reviewer',
                tasks: [
                  { id: '01.01.02.01', name: 'Do 01.01.02.01', status: 'pending' },
                  { id: '01.01.02.02', name: 'Do 01.01.02.02', status: 'blocked' },
                ],
              },
            ],
          },
        ],
      },
    ],
  })
})

it('work tree keeps threads of equal names apart', async () => {
  const same = { stage_name: 'S', batch_name: 'B', thread_name: 'T' }
  const { work } = makeWorkspace([task({ id: '01.01.01.01', ...same }), task({ id: '01.01.02.01', ...same })])
  const { stdout } = await work('tree')
  expect(stdout).toContain('01.01.01 T (1)')
  expect(stdout).toContain('01.01.02 T (1)')
})

it('work tree refuses a batch that there is not', async () => {
  const { code, stderr } = await makeWorkspace(tasks).work('tree', '--batch', '1.7')
  expect(code).toBe(2)
  expect(stderr).toContain('Batch 01.07 not found. Nearest: 01.01, 01.02.')
})
