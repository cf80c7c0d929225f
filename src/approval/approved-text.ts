import { existsSync, readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { runProgram } from '../process/spawn.ts'
import { writeWhole } from '../store/atomic-write.ts'
import { makeRunFolder } from '../store/runtime-dir.ts'
import type { Approval } from '../store/index/index-file.ts'
import type { StreamPaths } from '../paths.ts'
import { planHash } from './gate.ts'

/** How many commits of PLAN.md are searched for the approved text. */
const mostCommits = 20

/** Keeps the approved text of a plan, so that later changes can be shown. */
export async function keepApprovedText(
  stream: StreamPaths,
  approval: Approval | undefined,
  text: string,
): Promise<void> {
  if (approval?.status !== 'approved' || approval.plan_hash !== planHash(text)) return
  if (keptText(stream, approval.plan_hash) !== undefined) return
  makeRunFolder(stream.approvedPlan)
  await writeWhole(stream.approvedPlan, text)
}

/**
 * The lines of a unified diff, without its header, from the approved plan to the current PLAN.md; undefined if the
 * approved text is not known any more, or git is not available.
 */
export async function diffOfPlan(
  stream: StreamPaths,
  approval: Approval,
  env: Record<string, string>,
): Promise<string[] | undefined> {
  const hash = approval.plan_hash
  if (hash === undefined) return undefined
  const input = keptText(stream, hash) ?? (await committedText(stream, hash, env))
  return input === undefined ? undefined : diffWithFile(stream.root, input, stream.plan, env)
}

/**
 * The lines of a unified diff, without its header, from a text to a file (absolute); undefined if git is not available.
 * `root` is where git runs.
 */
export async function diffWithFile(
  root: string,
  input: string,
  path: string,
  env: Record<string, string>,
): Promise<string[] | undefined> {
  const args = ['diff', '--no-index', '--no-color', '--no-ext-diff', '--unified=2', '--', '-', path]
  const { exitCode, stdout } = await runProgram('git', args, { cwd: root, env, input })
  if (exitCode !== 0 && exitCode !== 1) return undefined
  const lines = stdout.trimEnd().split('\n')
  return lines.slice(
    Math.max(
      0,
      lines.findIndex((line) => line.startsWith('@@')),
    ),
  )
}

/** The kept text, if it has this hash. */
function keptText({ approvedPlan }: StreamPaths, hash: string): string | undefined {
  if (!existsSync(approvedPlan)) return undefined
  const text = readFileSync(approvedPlan, 'utf8')
  return planHash(text) === hash ? text : undefined
}

/** The text with this hash in the history of PLAN.md. */
async function committedText(
  { root, plan }: StreamPaths,
  hash: string,
  env: Record<string, string>,
): Promise<string | undefined> {
  const git = (...args: string[]) => runProgram('git', args, { cwd: root, env })
  const path = relative(root, plan).replaceAll(sep, '/')
  const log = await git('log', '-n', String(mostCommits), '--format=%H', '--', path)
  if (log.exitCode !== 0) return undefined
  for (const commit of log.stdout.split('\n').filter((line) => line !== '')) {
    const blob = await git('show', `${commit}:./${path}`)
    // The last line feed is not part of the result.
    const found = [`${blob.stdout}\n`, blob.stdout].find((text) => planHash(text) === hash)
    if (blob.exitCode === 0 && found !== undefined) return found
  }
  return undefined
}
