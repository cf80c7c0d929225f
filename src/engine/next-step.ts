import { WorkError } from '../errors.ts'
import { parentId } from '../ids.ts'
import type { StreamEntry } from '../store/index-file.ts'
import type { StreamPaths } from '../workspace.ts'
import { closedGate, planApproval, requireApproval } from './gate.ts'
import { ownerOf } from './owners.ts'
import { readPlanText } from './plan-text.ts'
import { isDone, stagesOf, type ThreadFacts } from './thread-facts.ts'
import { standingOf } from './views.ts'

/** What a person can do next for a workstream: why, and the command. */
export interface NextStep {
  why: string
  command: string
}

/** The next step of a workstream whose threads were observed; undefined when there is nothing to do, or it is on hold. */
export async function nextStepOf(
  entry: StreamEntry,
  stream: StreamPaths,
  threads: readonly ThreadFacts[],
): Promise<NextStep | undefined> {
  if (entry.status === 'on_hold') return undefined
  const running = threads.filter(({ status }) => status === 'running')
  if (running.length > 0) return watchStep(stream, running)
  if (threads.length > 0 && threads.every(isDone)) return undefined
  return (await approvalStep(entry, stream, threads)) ?? runStep(entry, threads)
}

/** Agents live on without the `work` that started them; then nobody takes note of how they end. */
async function watchStep(stream: StreamPaths, running: readonly ThreadFacts[]): Promise<NextStep> {
  const owners = await Promise.all(running.map(({ id }) => isOwned(stream, id)))
  return owners.includes(true)
    ? { why: `${countThreads(running)} running.`, command: 'work status --watch' }
    : {
        why: `${countThreads(running)} running, and no work looks after ${running.length === 1 ? 'it' : 'them'}.`,
        command: 'work continue',
      }
}

/** A lock that can't be asked, as in a folder that is somebody else's, is taken to be held. */
async function isOwned(stream: StreamPaths, threadId: string): Promise<boolean> {
  try {
    return (await ownerOf(stream, threadId)) !== undefined
  } catch (error) {
    if (error instanceof WorkError) return true
    throw error
  }
}

async function approvalStep(
  entry: StreamEntry,
  stream: StreamPaths,
  threads: readonly ThreadFacts[],
): Promise<NextStep | undefined> {
  const text = readPlanText({ stream })
  const { state } = planApproval(entry.approval, text)
  if (state === 'draft') {
    return { why: 'The plan is not approved yet.', command: 'work validate plan, then work approve plan' }
  }
  const isRevision = state === 'changed' && (await hasNewThreads(text, threads))
  try {
    requireApproval(entry, text, () => isRevision)
    return undefined
  } catch (error) {
    if (!(error instanceof WorkError) || error.hint === undefined) throw error
    return { why: error.message, command: error.hint }
  }
}

/** Whether a plan has threads without tasks. Only a plan that was changed is parsed: what parses it takes time to load. */
async function hasNewThreads(text: string, threads: readonly ThreadFacts[]): Promise<boolean> {
  const [{ parsePlan }, { deriveTasks }] = await Promise.all([
    import('../plan/parse.ts'),
    import('../plan/derive.ts'),
  ])
  const known = new Set(threads.map(({ id }) => id))
  return deriveTasks(parsePlan(text).plan).some(({ id }) => !known.has(parentId(id, 'thread')))
}

function runStep(entry: StreamEntry, threads: readonly ThreadFacts[]): NextStep | undefined {
  const having = (status: string) => threads.filter((thread) => standingOf(thread).status === status)
  const [failed, interrupted] = [having('failed'), having('interrupted')]
  if (failed.length > 0) {
    return { why: `${countThreads(failed, 'did')} not complete.`, command: 'work fix' }
  }
  if (interrupted.length > 0) {
    return { why: `${countThreads(interrupted, 'was')} interrupted.`, command: 'work continue' }
  }
  const next = threads.find((thread) => !isDone(thread))
  if (next === undefined) return undefined
  const gate = closedGate(entry.approval, stagesOf([...threads]), parentId(next.id, 'stage'))
  return gate === undefined
    ? { why: `Thread ${next.id} is next.`, command: 'work multi --continue' }
    : { why: `Stage ${gate} waits for your approval.`, command: `work approve stage ${Number(gate)}` }
}

function countThreads(threads: readonly ThreadFacts[], verb = 'is'): string {
  if (threads.length === 1) return `Thread ${threads[0]?.id ?? ''} ${verb}`
  return `${threads.length} threads ${{ is: 'are', was: 'were' }[verb] ?? verb}`
}
