import { expect, it } from 'vitest'
import { hintText } from '../../src/text/hint.ts'
import { threadsOf } from '../../src/threads/thread.ts'
import { whatHelps } from '../../src/threads/what-helps.ts'
import { session, task, tasksFile } from '../builders/records.ts'

/** Threads that failed for these reasons, in order. */
function failed(...reasons: string[]) {
  const tasks = reasons.map((reason, index) =>
    task({ id: `01.01.0${index + 1}.01`, sessions: [session({ status: 'failed', reason })] }),
  )
  return threadsOf(tasksFile(tasks))
}

/** What helps with threads that failed for these reasons, as it is read. */
function textsOf(...reasons: string[]) {
  return whatHelps(failed(...reasons)).map(({ hint, threads }) => ({ text: hintText(hint), threads }))
}

it('what helps names the thread where a sentence is about one, also among others', () => {
  expect(textsOf('incomplete', 'user')).toMatchObject([
    { text: expect.stringMatching(/work review 01\.01\.01$/), threads: ['01.01.01'] },
    { threads: ['01.01.02'] },
  ])
})

it('what helps says the same once for several threads, and nothing for an unknown reason', () => {
  expect(textsOf('incomplete', 'incomplete', 'a-later-word')).toMatchObject([
    { text: expect.stringContaining('<id>'), threads: ['01.01.01', '01.01.02'] },
  ])
})
