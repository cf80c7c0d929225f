import { expect, it } from 'vitest'
import type { TaskStatus } from '../../machines/statuses.ts'
import { createStyle } from '../../src/ui/style.ts'
import { textWidth } from '../../src/ui/width.ts'
import { renderList, renderTree, type TreeStage } from '../../src/ui/tree.ts'

const plain = createStyle({ color: false, unicode: true })

const stages: TreeStage[] = [
  {
    id: '01',
    name: 'Session Tracking Infrastructure',
    status: 'in_progress',
    batches: [
      {
        id: '01.01',
        name: 'Schema Extensions',
        status: 'in_progress',
        threads: [
          {
            id: '01.01.01',
            name: 'Type Definitions',
            status: 'completed',
            agent: 'backend-expert',
            tasks: tasks('01.01.01', 'completed', 'completed'),
          },
          {
            id: '01.01.02',
            name: 'Schema Validation',
            status: 'failed',
            tasks: tasks('01.01.02', 'in_progress', 'pending'),
          },
        ],
      },
      { id: '01.02', name: 'Session Capture', status: 'pending', threads: [] },
    ],
  },
  {
    id: '02',
    name: 'Polish',
    status: 'pending',
    batches: [
      {
        id: '02.01',
        name: 'Docs',
        status: 'pending',
        threads: [{ id: '02.01.01', name: '日本語', status: 'pending', tasks: tasks('02.01.01', 'pending') }],
      },
    ],
  },
]

function tasks(thread: string, ...statuses: TaskStatus[]) {
  return statuses.map((status, index) => ({
    id: `${thread}.0${index + 1}`,
    name: `Task ${index + 1}`,
    status,
  }))
}

it('the list shows every task in the shape that agents read', () => {
  expect(renderList('005-session-tracking', stages, plain)).toEqual([
    'Workstream: 005-session-tracking',
    'Tasks: 5 total | 2 completed | 1 in progress | 2 pending',
    '',
    'Stage 01: Session Tracking Infrastructure',
    '  Batch 01: Schema Extensions',
    '    Thread 01: Type Definitions',
    '      [x] 01.01.01.01 Task 1',
    '      [x] 01.01.01.02 Task 2',
    '    Thread 02: Schema Validation',
    '      [~] 01.01.02.01 Task 1',
    '      [ ] 01.01.02.02 Task 2',
    '  Batch 02: Session Capture',
    '',
    'Stage 02: Polish',
    '  Batch 01: Docs',
    '    Thread 01: 日本語',
    '      [ ] 02.01.01.01 Task 1',
  ])
})

it('the list counts blocked and cancelled tasks when there are any', () => {
  const [, counts] = renderList('x', [oneThread({ tasks: tasks('01.01.01', 'blocked', 'cancelled') })], plain)
  expect(counts).toBe('Tasks: 2 total | 0 completed | 0 in progress | 0 pending | 1 blocked | 1 cancelled')
})

it('the list shows a workstream without tasks', () => {
  expect(renderList('x', [], plain)).toEqual([
    'Workstream: x',
    'Tasks: 0 total | 0 completed | 0 in progress | 0 pending',
  ])
})

it('the list and the tree keep control characters of names out of the terminal', () => {
  const evil = '\u001B[31mred\u001B[0m\n\u001B]0;title\u0007name'
  const stage = oneThread({ name: evil, tasks: [{ id: '01.01.01.01', name: evil, status: 'pending' }] })
  const lines = [...renderList(evil, [stage], plain), ...renderTree(evil, [stage], { style: plain })]
  expect(lines).toContain('      [ ] 01.01.01.01 red name')
  expect(lines).toContain('        └── ○ 01.01.01 red name (1)')
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
})

it('the tree shows stages, batches and threads', () => {
  expect(renderTree('005-session-tracking', stages, { style: plain, width: 80 })).toEqual([
    '005-session-tracking (5)',
    '├── ● 01 Session Tracking Infrastructure (4)',
    '│   ├── ● 01.01 Schema Extensions (4)',
    '│   │   ├── ✓ 01.01.01 Type Definitions (2) @backend-expert',
    '│   │   └── ✗ 01.01.02 Schema Validation (2)',
    '│   └── ○ 01.02 Session Capture (0)',
    '└── ○ 02 Polish (1)',
    '    └── ○ 02.01 Docs (1)',
    '        └── ○ 02.01.01 日本語 (1)',
  ])
})

it('the tree is in ASCII where there is nothing else', () => {
  const style = createStyle({ color: false, unicode: false })
  expect(renderTree('005-session-tracking', stages, { style, width: 40 })).toEqual([
    '005-session-tracking (5)',
    '|-- > 01 Session Tracking Infrast... (4)',
    '|   |-- > 01.01 Schema Extensions (4)',
    '|   |   |-- + 01.01.01 Type Defin... (2)',
    '|   |   `-- x 01.01.02 Schema Val... (2)',
    '|   `-- . 01.02 Session Capture (0)',
    '`-- . 02 Polish (1)',
    '    `-- . 02.01 Docs (1)',
    '        `-- . 02.01.01 日本語 (1)',
  ])
})

it.each([30, 40, 80, 200])('the tree is never wider than %i columns', (width) => {
  const wide = oneThread({ name: '日本語'.repeat(40), agent: 'documentation-minimalist' })
  for (const line of renderTree('an-id-'.repeat(20), [...stages, wide], { style: plain, width })) {
    expect(textWidth(line)).toBeLessThanOrEqual(width)
  }
})

it('the tree colours icons by status', () => {
  const style = createStyle({ color: true, unicode: true })
  expect(renderList('x', stages, style)).toContain('      \u001B[32m[x]\u001B[39m 01.01.01.01 Task 1')
})

function oneThread(thread: Partial<TreeStage['batches'][number]['threads'][number]>): TreeStage {
  const base = { id: '01.01.01', name: 'Thread', status: 'pending', tasks: [] } as const
  const batch = { id: '01.01', name: 'Batch', status: 'pending', threads: [{ ...base, ...thread }] } as const
  return { id: '01', name: 'Stage', status: 'pending', batches: [batch] }
}
