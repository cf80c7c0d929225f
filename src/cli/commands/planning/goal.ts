import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exitCodes, WorkError } from '../../../errors.ts'
import type { Workspace } from '../../../paths.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { runProgram } from '../../../process/spawn.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { isRecord } from '../../../store/json/guard.ts'
import { readExactText, readText } from '../../../store/json/json-file.ts'
import { advice, shell, work } from '../../../text/hint.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { openEditor } from '../../editor.ts'
import { kebab, readInput } from '../streams/create.ts'
import { ghPatience } from '../../waits.ts'

/** Where the words of a goal come from. */
export interface GoalSource {
  words: readonly string[]
  /** A file with a brief, or `-` for standard input. */
  from?: string | undefined
  /** The number or address of an issue, which `gh` reads. */
  issue?: string | undefined
}

/**
 * What a plan is for: the words, the brief and the issue, one below the other; undefined if none of them is given. Throws a
 * `WorkError` (`file-missing`, `goal-empty`, `gh-missing`, `issue-not-read`, …).
 */
export async function readGoal(
  { words, from, issue }: GoalSource,
  root: string,
): Promise<string | undefined> {
  const typed = words.join(' ').trim()
  const parts = [
    typed,
    issue === undefined ? '' : await readIssue(issue, root),
    from === undefined ? '' : await readBrief(from),
  ]
  const goal = parts.filter((part) => part !== '').join('\n\n')
  if (goal !== '') return goal
  if (words.length === 0 && from === undefined && issue === undefined) return undefined
  throw new WorkError('The goal is empty.', {
    code: 'goal-empty',
    hint: work('plan', 'Add a search box to the start page'),
  })
}

async function readBrief(from: string): Promise<string> {
  const text =
    from === '-'
      ? await readInput('brief-not-utf8')
      : readExactText({ path: from, label: from }, 'brief-not-utf8')
  if (text !== undefined) return text.replace(/^\uFEFF/, '').trim()
  throw new WorkError(`${from} does not exist.`, {
    code: 'file-missing',
    hint: advice`${work('plan', '--from', '<file>')}, or --from - to read standard input`,
  })
}

/** The title and the text of an issue. */
async function readIssue(issue: string, root: string): Promise<string> {
  // A value that gh would take for a flag.
  if (issue.startsWith('-')) throw notRead(issue, `"${issue}" is no number and no address.`)
  const args = ['issue', 'view', issue, '--json', 'number,title,body,url']
  const options = { cwd: root, env: inheritedEnvironment(process.env), timeout: ghPatience }
  const { exitCode, stdout, stderr, failure } = await runProgram('gh', args, options)
  if (failure === 'ENOENT') {
    throw new WorkError('gh, the program of GitHub that reads issues, is not installed.', {
      code: 'gh-missing',
      hint: advice`Install it from cli.github.com, or save the issue in a file: ${work('plan', '--from', '<file>')}`,
    })
  }
  if (exitCode !== 0) throw notRead(issue, oneLine(stderr) || `gh ended with ${failure ?? exitCode}.`)
  const found = parse(stdout)
  if (!isRecord(found) || typeof found['title'] !== 'string') throw notRead(issue, 'gh printed no issue.')
  const { number, title, body, url } = found
  return [
    `# ${title}`,
    `Issue ${String(number)}: ${String(url)}`,
    typeof body === 'string' ? body.trim() : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function notRead(issue: string, why: string): WorkError {
  return new WorkError(`Issue ${issue} could not be read: ${why}`, {
    code: 'issue-not-read',
    hint: shell('gh', 'auth', 'status'),
    exitCode: exitCodes.unfinished,
  })
}

const guide = `

<!-- What should be true when the plan is done? A sentence is enough.
     Save and close to continue; leave it empty to stop.
     This comment is left out. -->
`

/** Asks for a goal, or something else in words, in the user's editor. Empty if the user wrote nothing. */
export async function writeGoal({ run }: Workspace): Promise<string> {
  const path = join(run, 'edit', 'GOAL.md')
  mkdirSync(dirname(path), { recursive: true })
  // What an editor that died has left is offered again.
  const left = readText({ path, label: 'GOAL.md' })
  if (left === undefined || withoutComments(left) === '') await writeWhole(path, guide)
  await openEditor(path)
  const text = withoutComments(readText({ path, label: 'GOAL.md' }) ?? '')
  return text
}

function withoutComments(text: string): string {
  return text.replaceAll(/<!--[^]*?-->/g, '').trim()
}

/** The first line of a goal, to show: without the marks of a heading. */
export function titleOf(goal: string): string {
  const first = goal.split('\n').find((line) => line.trim() !== '') ?? ''
  return oneLine(first.replace(/^\s{0,3}#{1,6}\s+/, '')).trim()
}

const mostWords = 6
/** Words that end no name. */
const fillers = ['a', 'an', 'and', 'for', 'from', 'in', 'into', 'of', 'on', 'or', 'the', 'to', 'with']

/** The name of a workstream for a goal, of its first words: `add-jwt-auth-with-refresh-tokens`. */
export function nameOf(goal: string): string {
  const words = kebab(titleOf(goal)).split('-').slice(0, mostWords)
  while (words.length > 1 && fillers.includes(words.at(-1) ?? '')) words.pop()
  return words.join('-')
}
