import { describe, expect, it } from 'vitest'
import { parsePlan } from '../../src/plan/parse/parse.ts'
import { sharedFiles } from '../../src/plan/shared-files.ts'
import { planText } from '../builders/plan.ts'

/** The files that both threads of a batch name, when each has one of these steps. */
function shared(first: string, second: string): string[] {
  const { plan } = parsePlan(planText([[[[first], [second]]]]))
  return sharedFiles(plan).map(({ file }) => file)
}

describe('files that two threads of a batch name', () => {
  it.each([
    ['Write `src/api.ts`', 'Change src/api.ts.', ['src/api.ts']],
    ['Write ./src/api.ts:12', '(src/api.ts)', ['src/api.ts']],
    ['README.md and Makefile.am', '**README.md**', ['README.md']],
    ['Everything in src/api/', 'Only src/api/users.ts', ['src/api/']],
    ['src/api/ and src/api/users.ts', 'src/api/users.ts', ['src/api/users.ts']],
    ['Write src/api.ts', 'Write src/web.ts', []],
    ['See https://example.org/a.html', 'See https://example.org/a.html', []],
    ['Node.js 20.19 and/or e.g. v1.2.3', 'Node.js 20.19 and/or e.g. v1.2.3', []],
    [
      'example.com, Array.from, ../other.ts, /etc/passwd.txt',
      'example.com, Array.from, ../other.ts, /etc/passwd.txt',
      [],
    ],
    ['All of src/**/*.ts', 'All of src/**/*.ts', []],
  ])('in %j and %j: %j', (first, second, expected) => {
    expect(shared(first, second)).toEqual(expected)
  })

  it('are those of one batch, with the threads that name them', () => {
    const text = planText([
      [
        [['a.ts'], ['a.ts'], ['b.ts']],
        [['a.ts'], ['b.ts']],
      ],
    ])
    expect(sharedFiles(parsePlan(text).plan)).toEqual([
      { batch: '01.01', file: 'a.ts', threads: ['01.01.01', '01.01.02'] },
    ])
  })
})
