import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CommitId } from '../../machines/delivery.ts'
import { advanceStream } from '../../src/clones/advance.ts'
import { commitClone } from '../../src/clones/commit.ts'
import { mergeIntoStream } from '../../src/clones/merge.ts'
import { verifyCandidate, verifyHere, type VerifyOrder } from '../../src/clones/verify.ts'
import { type CloneScene, type DeliveryScene, deliveryScene, writeIn } from '../helpers/clones.ts'

const at = '2026-01-02T03:04:05.678Z'
const logName = 'work/001-x/logs/verify.log'

async function candidateOf(
  { site, commitOrder, mergeOrder }: CloneScene,
  merge: 'commit' | 'squash' = 'commit',
): Promise<{ head: CommitId; onto: CommitId; candidate: CommitId }> {
  const committed = await commitClone(site, commitOrder())
  if (committed.type === 'unfit') throw new Error(committed.detail)
  const result = await mergeIntoStream(site, mergeOrder(committed.head, { merge }))
  if (result.type !== 'candidate') throw new Error(JSON.stringify(result))
  return { head: committed.head, onto: result.onto, candidate: result.candidate }
}

function orderFor({ root }: DeliveryScene, script: string, more: Partial<VerifyOrder> = {}) {
  return {
    commands: [['sh', '-c', script]],
    timeout: 60_000,
    log: join(root, logName),
    logName,
    mark: `verify-${root}`,
    env: { PATH: process.env['PATH'] ?? '', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    at,
    ...more,
  }
}

function verify(
  scene: DeliveryScene,
  clone: CloneScene,
  candidate: CommitId,
  script: string,
  { signal = new AbortController().signal, ...more }: Partial<VerifyOrder> & { signal?: AbortSignal } = {},
) {
  return verifyCandidate(clone.site, { ...orderFor(scene, script, more), candidate }, signal)
}

const logOf = ({ root }: DeliveryScene) => readFileSync(join(root, logName), 'utf8')

describe('verifying a merge candidate', () => {
  it('runs in the clone, at the candidate', async () => {
    const scene = deliveryScene()
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('a.txt', 'a\n')
    two.write('b.txt', 'b\n')
    await advanceStream(one.site, { ...(await candidateOf(one)), env: scene.env })
    const { candidate } = await candidateOf(two)
    const verified = { code: 0, at, log: logName }
    expect(await verify(scene, two, candidate, 'cat a.txt b.txt; pwd')).toEqual({ type: 'green', verified })
    expect(logOf(scene)).toContain(`a\nb\n${two.site.folder}`)
    expect(two.git('rev-parse', 'HEAD')).toBe(candidate)
    expect(two.git('status', '--porcelain')).toBe('')
  })

  it('is skipped without commands', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { candidate, head } = await candidateOf(clone)
    expect(await verify(scene, clone, candidate, '', { commands: [] })).toEqual({ type: 'none' })
    expect(clone.git('rev-parse', 'HEAD')).toBe(head)
  })

  it('finds what is red only in combination, and the branch stays until the agent has fixed it', async () => {
    const scene = deliveryScene({ 'limit.txt': '1\n' })
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    const test = 'test $(cat *.part 2>/dev/null | wc -l) -le $(cat limit.txt) || { echo too many; exit 3; }'
    one.write('one.part', 'one\n')
    two.write('two.part', 'two\n')
    const first = await candidateOf(one)
    expect((await verify(scene, one, first.candidate, test)).type).toBe('green')
    await advanceStream(one.site, { ...first, env: scene.env })
    const { candidate } = await candidateOf(two)
    const red = await verify(scene, two, candidate, test)
    expect(red).toMatchObject({ type: 'red', verified: { code: 3 } })
    expect(red).toHaveProperty('detail', expect.stringMatching(/exit code 3\n.*too many/s))
    expect(scene.git('rev-parse', one.site.into)).toBe(first.candidate)
    two.write('limit.txt', '2\n')
    const fixed = await candidateOf(two)
    expect((await verify(scene, two, fixed.candidate, test)).type).toBe('green')
    expect(await advanceStream(two.site, { ...fixed, env: scene.env })).toEqual({ type: 'advanced' })
  })

  it('discards what the commands change in tracked files, and says so in the log', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { candidate } = await candidateOf(clone)
    const result = await verify(scene, clone, candidate, 'echo changed > README.md; echo out > build.ignored')
    expect(result.type).toBe('green')
    expect(clone.git('status', '--porcelain')).toBe('')
    expect(existsSync(join(clone.site.folder, 'build.ignored'))).toBe(true)
    expect(logOf(scene)).toContain('README.md')
  })

  it('is ended by its time limit', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { candidate } = await candidateOf(clone)
    const result = await verify(scene, clone, candidate, 'exec sleep 300', { timeout: 200 })
    expect(result).toMatchObject({ type: 'red', verified: { code: null } })
    expect(result).toHaveProperty('detail', expect.stringContaining('timed out'))
  })

  it('is ended by its signal, and runs again afterwards with what it left in the clone', async () => {
    const scene = deliveryScene()
    const clone = scene.clone('01.01.01')
    clone.write('a.txt', 'a\n')
    const { candidate } = await candidateOf(clone)
    const stop = new AbortController()
    const reason = new Error('stopped by the user')
    const ended = verifyCandidate(
      clone.site,
      { ...orderFor(scene, ''), candidate },
      stop.signal,
      ({ cwd }, signal) => {
        writeIn(cwd, 'README.md', 'half')
        stop.abort(reason)
        return Promise.resolve({ code: null, isTimedOut: false, tail: signal.aborted ? 'aborted' : '' })
      },
    )
    await expect(ended).rejects.toBe(reason)
    clone.write('.git/index.lock', '')
    expect((await verify(scene, clone, candidate, 'grep readme README.md')).type).toBe('green')
  })

  it('is possible again when the branch has moved in the meantime', async () => {
    const scene = deliveryScene()
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('a.txt', 'a\n')
    two.write('b.txt', 'b\n')
    const [first, second] = [await candidateOf(one), await candidateOf(two)]
    expect((await verify(scene, two, second.candidate, 'test ! -e a.txt')).type).toBe('green')
    await advanceStream(one.site, { ...first, env: scene.env })
    expect(await advanceStream(two.site, { ...second, env: scene.env })).toEqual({ type: 'moved' })
    const again = await mergeIntoStream(two.site, two.mergeOrder(second.head))
    if (again.type !== 'candidate') throw new Error(JSON.stringify(again))
    expect((await verify(scene, two, again.candidate, 'test -e a.txt')).type).toBe('green')
    expect(two.git('rev-parse', 'HEAD')).toBe(again.candidate)
  })

  it('brings the files of a squash together with the commits of the agent', async () => {
    const scene = deliveryScene()
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('a.txt', 'a\n')
    two.write('b.txt', 'b\n')
    await advanceStream(one.site, { ...(await candidateOf(one, 'squash')), env: scene.env })
    const squash = await candidateOf(two, 'squash')
    expect((await verify(scene, two, squash.candidate, 'cat a.txt b.txt')).type).toBe('green')
    expect(two.git('show', '--no-patch', '--format=%P', 'HEAD')).toBe(`${squash.head} ${squash.candidate}`)
    expect(two.git('diff', 'HEAD', squash.candidate)).toBe('')
    await advanceStream(two.site, { ...squash, env: scene.env })
    // As after a restart: what is in the clone now is in the branch already.
    const committed = await commitClone(two.site, two.commitOrder())
    if (committed.type === 'unfit') throw new Error(committed.detail)
    const order = two.mergeOrder(committed.head, { merge: 'squash' })
    expect(await mergeIntoStream(two.site, order)).toEqual({ type: 'merged', commit: squash.candidate })
  })

  it('is refused with names while ignored files of the agent are in the way, which are kept', async () => {
    const scene = deliveryScene()
    const [one, two] = [scene.clone('01.01.01'), scene.clone('01.01.02')]
    one.write('x.ignored', 'tracked\n')
    one.git('add', '--force', 'x.ignored')
    two.write('x.ignored', 'of the agent\n')
    two.write('b.txt', 'b\n')
    await advanceStream(one.site, { ...(await candidateOf(one)), env: scene.env })
    const { candidate } = await candidateOf(two)
    expect(await verify(scene, two, candidate, 'true')).toMatchObject({
      type: 'unfit',
      detail: expect.stringContaining('are in the way of the merge: x.ignored.'),
    })
    expect(readFileSync(join(two.site.folder, 'x.ignored'), 'utf8')).toBe('of the agent\n')
  })
})

describe('verifying in the main tree', () => {
  it('runs the commands there, and leaves git alone', async () => {
    const scene = deliveryScene()
    writeIn(scene.root, 'README.md', 'of the user\n')
    const signal = new AbortController().signal
    const result = await verifyHere(scene, orderFor(scene, 'cat README.md; exit 1'), signal)
    expect(result).toMatchObject({ type: 'red', verified: { code: 1 } })
    expect(result).toHaveProperty('detail', expect.stringContaining('of the user'))
    expect(scene.git('status', '--porcelain', '--', 'README.md')).toBe('M README.md')
    expect(await verifyHere(scene, orderFor(scene, '', { commands: [] }), signal)).toEqual({ type: 'none' })
  })
})
