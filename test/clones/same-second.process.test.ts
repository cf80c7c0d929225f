import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitClone } from '../../src/clones/commit.ts'
import { gitIn } from '../../src/clones/git.ts'
import { captureFiles } from '../../src/clones/snapshot.ts'
import { deliveryScene } from '../helpers/clones.ts'
import { until } from '../helpers/until.ts'

test('a change of the same size, in the second in which the files were written, is saved and committed', async () => {
  const { env, git, clone } = deliveryScene({ 'a.txt': 'one\n' })
  const { site, commitOrder } = clone('01.01.01')
  const [path, index] = [join(site.folder, 'a.txt'), join(site.folder, '.git/index')]
  do {
    git('-C', site.folder, 'reset', '-q', '--hard', 'HEAD')
    writeFileSync(path, 'tmp\n')
    git('-C', site.folder, 'checkout', '-q', 'a.txt')
    writeFileSync(path, 'two\n')
  } while (second(path) !== second(index))
  await until(() => Date.now() / 1000 > second(index) + 1, 'the next second')
  const { tree } = await captureFiles(gitIn(site.folder, env))
  expect(git('-C', site.folder, 'show', `${tree}:a.txt`)).toBe('two')
  const committed = await commitClone(site, commitOrder())
  expect(committed).toMatchObject({ type: 'committed', changed: true })
  expect(git('-C', site.folder, 'show', 'HEAD:a.txt')).toBe('two')
})

/** The second in which a file was written. */
function second(path: string): number {
  return Math.floor(statSync(path).mtimeMs / 1000)
}
