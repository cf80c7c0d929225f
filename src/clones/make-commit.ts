import type { CommitId } from '../../machines/delivery.ts'
import type { Git } from './git.ts'

/** Whose work a commit is. */
export interface Authorship {
  /** Id of the workstream: `001-x`. */
  stream: string
  /** Id of the thread: `01.01.02`. */
  thread: string
  threadName: string
  session: { sessionId: string; agentName: string; model: string; attempt?: number | undefined }
  /** ISO time of the commit: a recorded fact, so that a repetition gives the same id. */
  at: string
}

export interface CommitContent {
  tree: string
  parents: readonly CommitId[]
  message: string
  at: string
}

const fallbackIdentity = { name: 'work', email: 'work@localhost' }

/** Makes a commit without hooks and signatures. The same content gives the same id. */
export async function makeCommit(git: Git, content: CommitContent): Promise<CommitId> {
  const { stdout } = await git.run(commitArguments(content), {
    input: `${content.message}\n`,
    env: await commitVariables(git, content.at),
  })
  return stdout.trim()
}

/** The command that makes a commit, whose message is its input. */
export function commitArguments({ tree, parents }: Pick<CommitContent, 'tree' | 'parents'>): string[] {
  return ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
}

/** Variables by which a commit is that of the user, or of `work` where git knows no name, at an ISO time. */
export async function commitVariables(git: Git, at: string): Promise<Record<string, string>> {
  const { name, email } = await identityIn(git)
  const date = `@${Math.floor(Date.parse(at) / 1000)} +0000`
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  }
}

/** The message of a commit: its first line, and whose work it is as trailers. `head`: the work of a squash. */
export function messageOfWork(subject: string, authorship: Authorship, head?: CommitId): string {
  const { stream, thread, session } = authorship
  const trailers = [
    `Work-Thread: ${stream}/${thread}`,
    `Work-Session: ${oneLine(session.sessionId)}`,
    `Work-Agent: ${oneLine(`${session.agentName} (${session.model})`)}`,
    ...(head === undefined ? [] : [`Work-Head: ${head}`]),
  ]
  return `${oneLine(subject) || thread}\n\n${trailers.join('\n')}`
}

/** The first line of the merge of a thread. */
export function mergeSubject({ thread, threadName }: Authorship): string {
  return `Merge thread ${thread} "${oneLine(threadName)}"`
}

/** The user's name in git, or that of `work` where none is configured. */
async function identityIn(git: Git): Promise<typeof fallbackIdentity> {
  const [name, email] = [await configured(git, 'user.name'), await configured(git, 'user.email')]
  return name === '' || email === '' ? fallbackIdentity : { name, email }
}

/** A setting of git, or an empty text. */
export async function configured(git: Git, key: string): Promise<string> {
  return (await git.run(['config', '--get', key], { expects: [0, 1] })).stdout.trim()
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
