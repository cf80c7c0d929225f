import { dirname, relative, resolve } from 'node:path'
import type { CommitId } from '../../machines/delivery.ts'
import { inheritedEnvironment, sessionVariables } from '../process/env.ts'
import { findOnPath } from '../process/executable.ts'
import { advice, commandText, shell, work } from '../text/hint.ts'
import { continueClone, keepBefore, startOver } from './continue.ts'
import { removeCloneLocks } from './left-locks.ts'
import { gitIn, type Git } from './git.ts'
import { joinIgnored, listIgnored, newIgnored } from './ignored.ts'
import { fetchStreamTip } from './make.ts'
import { obtainClone } from './obtain.ts'
import { writeMark, type CloneMark } from './mark.ts'
import type { PrepareOrder, Prepared } from './prepare-order.ts'
import { headOf } from './save.ts'
import { setupError } from './setup-error.ts'
import type { CloneSite } from './site.ts'
import { runSteps } from './steps.ts'
import { fillSubmodules } from './submodules.ts'
import { copyIgnored, copyPatterns, linkIgnored } from './take-over.ts'

export type { PrepareOrder, Prepared } from './prepare-order.ts'

/**
 * Prepares the clone of a thread for a session. Each step can be repeated: a call after a kill continues, and one for the
 * same token after success changes nothing. Nothing of the thread may be running. Throws a `WorkError` (`clone-setup`,
 * or `git-failed`), and the reason of `signal` if that aborts it.
 */
export async function prepareClone(
  site: CloneSite,
  order: PrepareOrder,
  signal: AbortSignal,
): Promise<Prepared> {
  const obtained = await obtainClone(site, order)
  const { was, notes } = obtained
  const clone = gitIn(site.folder, order.env)
  const main = gitIn(site.root, order.env)
  let { mark } = obtained
  const isReady = mark.prepared && mark.token === order.token && was === 'kept'
  const write = (changes: Partial<CloneMark>) => {
    mark = { ...mark, ...changes }
    writeMark(site.folder, mark)
  }
  if (!isReady) removeCloneLocks(site.folder)
  const tip = await fetchStreamTip(site, clone)
  if (!isReady) {
    signal.throwIfAborted()
    if (mark.token !== order.token) {
      const stage = mark.stage === 'made' ? 'made' : 'filled'
      write({
        root: site.root,
        into: site.into,
        prepared: false,
        stage,
        token: order.token,
        attempt: order.attempt,
      })
    }
    if (mark.stage === 'made') {
      await fillFiles(clone, mark, order)
      write({ stage: was === 'new' ? 'continued' : 'filled', isSetUp: false, restore: undefined })
    }
    if (mark.stage === 'filled') {
      notes.push(...(await dealWithEarlier(site, clone, { tip, order, mark, write })))
      write({ stage: 'continued' })
    }
    signal.throwIfAborted()
    if (!mark.isSetUp) await setUp(site, { main, clone, mark, order, signal, write })
    write({ prepared: true })
  }
  return { base: mark.base, start: await headOf(clone, site), tip, was, notes }
}

type Write = (changes: Partial<CloneMark>) => void

/** Writes the files of the clone; those that an earlier clone had, as they were saved. */
async function fillFiles(clone: Git, { restore }: CloneMark, { env }: PrepareOrder): Promise<void> {
  await requireLfs(clone, env)
  await clone.run(['reset', '--hard', '-q'])
  if (restore === undefined) return
  await clone.run(['read-tree', '-u', '--reset', restore])
  await clone.run(['reset', '-q'], { expects: [0, 1] })
}

/** What earlier attempts did becomes the beginning of the new one, as the order asks. Returns notes. */
async function dealWithEarlier(
  site: CloneSite,
  clone: Git,
  { tip, order, mark, write }: { tip: CommitId; order: PrepareOrder; mark: CloneMark; write: Write },
): Promise<string[]> {
  if (order.from === 'resume') return []
  const { attempt, at, env } = order
  const head = await headOf(clone, site)
  const todo = { attempt, before: Math.max(1, attempt - 1), tip, at, env }
  const notes: string[] = []
  if (order.from === 'go-on') notes.push(...(await continueClone(site, todo)))
  else {
    // Once it is kept, a repetition finds only the half of it that starting over has left.
    if (mark.isKept !== true) notes.push(...(await keepBefore(site, todo)))
    write({ isKept: true, base: tip })
    await startOver(site, todo)
  }
  // Other files may need other dependencies.
  if (order.from === 'over' || (await headOf(clone, site)) !== head) write({ isSetUp: false })
  return notes
}

interface SetUp {
  main: Git
  clone: Git
  mark: CloneMark
  order: PrepareOrder
  signal: AbortSignal
  write: Write
}

async function setUp(site: CloneSite, { main, clone, mark, order, signal, write }: SetUp): Promise<void> {
  const { settings, env, log, token } = order
  const patterns = copyPatterns(main, settings.copy)
  const commands = settings.setup
  // What is ignored is listed only if that can change here: it takes as long as git's look at all files.
  const isTouched = patterns.length > 0 || settings.link.length > 0 || commands.length > 0
  const before = isTouched ? await listIgnored(clone) : []
  const common = resolve(site.root, await main.text('rev-parse', '--git-common-dir'))
  await fillSubmodules(clone, resolve(common, 'modules'), env)
  await copyIgnored(main, clone, patterns)
  await linkIgnored(main, clone, settings.link)
  const steps = { commands, cwd: site.folder, env: cloneEnvironment(site, env, token), log, mark: token }
  const { code, failed, tail } = await runSteps(steps, signal)
  signal.throwIfAborted()
  if (code !== 0) {
    const how = code === null ? 'was ended by a signal' : `ended with exit code ${code}`
    throw setupError(
      `The setup command ${commandText(failed ?? [])} ${how} in ${site.folder}:\n${tail}`,
      advice`All of its output is in ${relative(site.root, log)}. Setup commands are in ${shell('work/agents.yaml')}.`,
    )
  }
  const ignored = joinIgnored(
    mark.ignored ?? [],
    isTouched ? newIgnored(before, await listIgnored(clone)) : [],
  )
  write({ isSetUp: true, ignored })
}

/**
 * The environment of commands in a clone: nothing binds git to another repository, and `work` finds the main one. What
 * identifies the session is kept only if that is the one with this token.
 */
function cloneEnvironment(site: CloneSite, env: NodeJS.ProcessEnv, token: string): Record<string, string> {
  const session = env['WORK_TOKEN'] === token ? sessionVariables : []
  const ofSession = session.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))
  return {
    ...inheritedEnvironment(env),
    ...Object.fromEntries(ofSession),
    GIT_CEILING_DIRECTORIES: dirname(site.folder),
    PWD: site.folder,
    WORK_TREE: site.folder,
    WORK_ROOT: site.root,
  }
}

/** Checking out files of git-lfs fails without it. Throws a `WorkError` (`clone-setup`). */
async function requireLfs(clone: Git, env: NodeJS.ProcessEnv): Promise<void> {
  const filters = await clone.run(['config', '--get-regexp', String.raw`^filter\.lfs\.`], { expects: [0, 1] })
  if (filters.exitCode !== 0 || findOnPath('git-lfs', env) !== undefined) return
  const patterns = [':(glob)**/.gitattributes', ':(glob).gitattributes']
  const uses = await clone.run(['grep', '-q', 'filter=lfs', 'HEAD', '--', ...patterns], { expects: [0, 1] })
  if (uses.exitCode !== 0) return
  throw setupError(
    'This repository stores files with git-lfs, which is not installed: the clone would lack them.',
    advice`Install git-lfs, then ${work('continue')}`,
  )
}
