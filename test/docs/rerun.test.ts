import { describe, expect, test } from 'vitest'
import { partsOf } from './page.ts'
import { rerun } from './rerun.ts'
import { saysTheSame } from './same.ts'

const fence = '```'

describe('a page that is typed again', () => {
  test('is given what its commands show now, and keeps all else', async () => {
    const stale = page('old words')
    expect(await rerun(stale)).toBe(page('new words'))
    expect(await rerun(page('new words'))).toBe(page('new words'))
  })

  test('continues with questions, and starts over where the page says so', async () => {
    const asked = `
${fence}console
$ read -p "? Who? " who && echo "Hello $who" > who.txt
? Who?
${fence}

<!-- press: "you" Enter -->

${fence}text
? Who? you
${fence}

<!-- anew -->

${fence}console
$ cat who.txt
Hello you
$ rm who.txt
${fence}

<!-- anew -->

${fence}console
$ cat who.txt
Hello you
${fence}
`
    expect(await rerun(asked)).toBe(asked)
    expect(await rerun(asked.replaceAll('Hello you', ''))).toBe(asked)
  })
})

/** A page with a file, a command, and one more on what that wrote. */
function page(shown: string): string {
  return `# A page

${fence}text words.txt
new words
${fence}

${fence}console
$ cat words.txt | tee copy.txt
${shown}
$ cmp words.txt copy.txt
${fence}
`
}

test('times, ids and widths may differ, words may not', () => {
  expect(same('a  #1  took 3s', 'a    #1    took 2m 05s')).toBe(true)
  expect(same('#1 cmd_1f · just now, 2026-01-01 10:00', '#1 cmd_aa-2 · 3m ago, 2026-01-02 11:22')).toBe(true)
  expect(same('1 completed', '2 completed')).toBe(false)
  expect(same('failed: exit code 1', 'failed: exit code 2')).toBe(false)
  expect(same('a\nb', 'a')).toBe(false)
})

function same(written: string, shown: string): boolean {
  return saysTheSame(written.split('\n'), shown.split('\n'))
}

test('a command that nothing runs is found, one that another test runs is not', () => {
  const block = `${fence}sh\nwork status\n${fence}\n`
  expect(partsOf(block)).toEqual([{ type: 'unrun', line: 0, command: 'work status' }])
  expect(partsOf(`<!-- test: test/cli/status.test.ts -->\n\n${block}`)).toEqual([
    { type: 'elsewhere', line: 2, test: 'test/cli/status.test.ts' },
  ])
  expect(partsOf(`${fence}console\nwork status\n${fence}\n`)).toMatchObject([{ type: 'unrun' }])
  expect(partsOf(`${fence}json\n{}\n${fence}\n`)).toEqual([])
})
