import { describe, expect, test } from 'vitest'
import { noAnswers, type Answers } from '../../../src/plan/compare/answers.ts'
import { comparePlan, type Difference } from '../../../src/plan/compare/compare.ts'
import type { RecordedThread } from '../../../src/plan/compare/recorded-thread.ts'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { allThreads, type Plan } from '../../../src/plan/plan.ts'

/** `A: a b; c | B: d`: stages, their batches, and the threads of those. `a=x,y` has the steps x and y. */
function planOf(text: string): Plan {
  const lines = ['# Plan: P', '## Summary', 'S.', '## Stages']
  for (const [stage, part] of text.split('|').entries()) {
    const [name = '', batches = ''] = part.split(':')
    lines.push(`### Stage ${stage + 1}: ${name.trim()}`, '#### Stage Batches')
    for (const [batch, threads] of batches.split(';').entries()) {
      lines.push(`##### Batch ${batch + 1}: Batch ${batch + 1}`)
      for (const [thread, entry] of threads.trim().split(' ').entries()) {
        const [threadName = '', steps = threadName] = entry.split('=')
        lines.push(`###### Thread ${thread + 1}: ${threadName.replaceAll('_', ' ')}`, '**Details:**')
        lines.push(...steps.split(',').map((step) => `- [ ] ${step}`))
      }
    }
  }
  const { plan, problems } = parsePlan(lines.join('\n'))
  expect(problems).toEqual([])
  return plan
}

/** The threads of a plan as they are recorded, each with a history. */
function recordOf(text: string, fields: Partial<RecordedThread> = {}): RecordedThread[] {
  return allThreads(planOf(text)).map(({ stage, batch, thread }) => ({
    id: thread.id,
    name: thread.name,
    stage: stage.name,
    batch: batch.name,
    steps: thread.steps.map((step) => step.text),
    line: thread.line,
    hasHistory: true,
    isKept: false,
    ...fields,
  }))
}

const answered = (answers: Partial<Answers>): Answers => ({ ...noAnswers, ...answers })

/** `moved 01.01.01 → 01.01.02`, with a `?` if the user must answer. */
function brief(difference: Difference): string {
  const { kind, isOpen } = difference
  const from = 'recorded' in difference ? ` ${difference.recorded.id}` : ''
  const planned = 'planned' in difference ? difference.planned.thread.id : ''
  const to = planned === '' || from === ` ${planned}` ? '' : from === '' ? ` ${planned}` : ` → ${planned}`
  return `${kind}${from}${to}${isOpen ? '?' : ''}`
}

function compare(before: string, after: string, answers: Partial<Answers> = {}): string[] {
  return comparePlan(recordOf(before), planOf(after), answered(answers)).map(brief)
}

describe('comparing a plan with its record', () => {
  test.each<[string, string, string, string[]]>([
    ['nothing changed', 'A: a b', 'A: a b', ['kept 01.01.01', 'kept 01.01.02']],
    ['a thread at the end', 'A: a', 'A: a b', ['kept 01.01.01', 'new 01.01.02']],
    ['another name at the same id', 'A: a b', 'A: c b', ['changed 01.01.01?', 'kept 01.01.02']],
    [
      'a thread put in front',
      'A: a b',
      'A: c a b',
      ['moved 01.01.01 → 01.01.02?', 'moved 01.01.02 → 01.01.03?', 'new 01.01.01'],
    ],
    ['two threads swapped', 'A: a b', 'A: b a', ['moved 01.01.01 → 01.01.02?', 'moved 01.01.02 → 01.01.01?']],
    [
      'three threads in a ring',
      'A: a b c',
      'A: c a b',
      ['moved 01.01.01 → 01.01.02?', 'moved 01.01.02 → 01.01.03?', 'moved 01.01.03 → 01.01.01?'],
    ],
    [
      'the first thread removed',
      'A: a b c',
      'A: b c',
      ['removed 01.01.01?', 'moved 01.01.02 → 01.01.01?', 'moved 01.01.03 → 01.01.02?'],
    ],
    ['the last thread removed', 'A: a b', 'A: a', ['kept 01.01.01', 'removed 01.01.02?']],
    ['a stage put in front', 'A: a', 'N: n | A: a', ['moved 01.01.01 → 02.01.01?', 'new 01.01.01']],
    [
      'a stage with the same thread names put in front',
      'A: do test',
      'N: do test | A: do test',
      ['moved 01.01.01 → 02.01.01?', 'moved 01.01.02 → 02.01.02?', 'new 01.01.01', 'new 01.01.02'],
    ],
    ['a batch put in front', 'A: a', 'A: n; a', ['moved 01.01.01 → 01.02.01?', 'new 01.01.01']],
    ['the first stage removed', 'A: a | B: b', 'B: b', ['removed 01.01.01?', 'moved 02.01.01 → 01.01.01?']],
    ['a stage renamed', 'A: a b', 'A2: a b', ['kept 01.01.01', 'kept 01.01.02']],
    [
      'all stages renamed, with equal threads',
      'A: do | B: do',
      'C: do | D: do',
      ['kept 01.01.01', 'kept 02.01.01'],
    ],
    [
      'a stage renamed, and one with equal threads put in front',
      'A: do',
      'N: do=n | A2: do=m',
      ['unsure 01.01.01?', 'new 01.01.01', 'new 02.01.01'],
    ],
    [
      'a stage with a common thread replaced by one elsewhere',
      'A: do | B: do',
      'N: do=n | A: do',
      ['moved 01.01.01 → 02.01.01?', 'unsure 02.01.01?', 'new 01.01.01'],
    ],
    [
      'a thread moved to another stage',
      'A: a b | B: c',
      'A: a | B: c b',
      ['kept 01.01.01', 'moved 01.01.02 → 02.01.02?', 'kept 02.01.01'],
    ],
    ['only case and spaces of a name', 'A: Set_up', 'A: set_UP', ['renamed 01.01.01']],
    [
      'equal names, told by their steps',
      'A: t=x t=y',
      'A: t=z t=x t=y',
      ['moved 01.01.01 → 01.01.02?', 'moved 01.01.02 → 01.01.03?', 'new 01.01.01'],
    ],
    [
      'equal names and equal steps, one more',
      'A: t t',
      'A: t t t',
      ['unsure 01.01.01?', 'unsure 01.01.02?', 'new 01.01.01', 'new 01.01.02', 'new 01.01.03'],
    ],
    ['a step added', 'A: a=x', 'A: a=x,y', ['kept 01.01.01']],
    ['steps in another order', 'A: a=x,y', 'A: a=y,x', ['kept 01.01.01']],
    ['a step replaced', 'A: a=x,y', 'A: a=x,z', ['edited 01.01.01?']],
    [
      'moved and renamed at once',
      'A: a b',
      'A: n a2 b',
      ['changed 01.01.01?', 'moved 01.01.02 → 01.01.03?', 'new 01.01.02'],
    ],
  ])('%s: %s → %s', (_, before, after, expected) => {
    expect(compare(before, after)).toEqual(expected)
  })

  test('asks nothing about threads without a history, except those no longer in the plan', () => {
    const record = recordOf('A: a b c=x d', { hasHistory: false })
    expect(comparePlan(record, planOf('A: n a c=y')).map(brief)).toEqual([
      'moved 01.01.01 → 01.01.02',
      'removed 01.01.02?',
      'kept 01.01.03',
      'removed 01.01.04?',
      'new 01.01.01',
    ])
  })

  test('does not compare steps that were not recorded', () => {
    const record = recordOf('A: a=x', { steps: undefined })
    expect(comparePlan(record, planOf('A: a=y')).map(brief)).toEqual(['kept 01.01.01'])
  })

  test('leaves a thread that the user keeps until the plan has it again, or another one at its id', () => {
    const record = recordOf('A: a b').map((thread) => ({ ...thread, isKept: thread.name === 'b' }))
    const by = (after: string) => comparePlan(record, planOf(after)).map(brief)
    expect(by('A: a')).toEqual(['kept 01.01.01', 'left 01.01.02'])
    expect(by('A: a b')).toEqual(['kept 01.01.01', 'kept 01.01.02'])
    expect(by('A: a c')).toEqual(['kept 01.01.01', 'changed 01.01.02?'])
  })
})

test('does not keep a thread whose id is used by another thread', () => {
  const record = recordOf('A: a b c').map((thread) => ({ ...thread, isKept: thread.name === 'b' }))
  const answers = answered({ renumber: true, keep: new Set(['01.01.01']) })
  expect(comparePlan(record, planOf('A: c n'), answers)).toMatchObject([
    { kind: 'removed', isTaken: true, isOpen: true },
    { kind: 'changed', isOpen: true },
    { kind: 'moved', isOpen: false },
  ])
})

describe('the answers of the user', () => {
  test.each<[string, string, string, Partial<Answers>, string[]]>([
    [
      'the same thread',
      'A: a',
      'A: c',
      { renamed: new Map([['01.01.01', '01.01.01']]) },
      ['renamed 01.01.01'],
    ],
    [
      'another thread',
      'A: a',
      'A: c',
      { fresh: new Set(['01.01.01']) },
      ['dropped 01.01.01', 'new 01.01.01'],
    ],
    ['renumbered', 'A: a', 'A: c a', { renumber: true }, ['moved 01.01.01 → 01.01.02', 'new 01.01.01']],
    ['dropped', 'A: a b', 'A: a', { drop: new Set(['01.01.02']) }, ['kept 01.01.01', 'dropped 01.01.02']],
    ['kept', 'A: a b', 'A: a', { keep: new Set(['01.01.02']) }, ['kept 01.01.01', 'left 01.01.02']],
    [
      'renamed and moved',
      'A: a b',
      'A: n a2 b',
      { renamed: new Map([['01.01.01', '01.01.02']]), renumber: true },
      ['moved 01.01.01 → 01.01.02', 'moved 01.01.02 → 01.01.03', 'new 01.01.01'],
    ],
    [
      'the same thread with other steps',
      'A: a=x',
      'A: a=y',
      { renamed: new Map([['01.01.01', '01.01.01']]) },
      ['kept 01.01.01'],
    ],
    [
      'another thread of the same name',
      'A: a=x',
      'A: a=y',
      { fresh: new Set(['01.01.01']) },
      ['dropped 01.01.01', 'new 01.01.01'],
    ],
    [
      'everything by force',
      'A: a b c d=x',
      'A: n b2 d=y',
      { force: true },
      [
        'dropped 01.01.01',
        'dropped 01.01.02',
        'dropped 01.01.03',
        'moved 01.01.04 → 01.01.03',
        'new 01.01.01',
        'new 01.01.02',
      ],
    ],
  ])('%s: %s → %s', (_, before, after, answers, expected) => {
    expect(compare(before, after, answers)).toEqual(expected)
  })
})
