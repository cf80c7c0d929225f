import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { counted } from '../../../text/plural.ts'
import { describeHolder } from '../../../threads/leases.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { formatMoment } from '../../../text/dates.ts'
import { parsePlan } from '../../../plan/parse/parse.ts'
import { formatProblem } from '../../../plan/problem.ts'
import { parseTasksMd } from '../../../plan/tasks-md/tasks-md.ts'
import { readAgents } from '../../../agents/agents-file.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { readExactText } from '../../../store/json/json-file.ts'
import { claim } from '../../../store/lock.ts'
import { askChoice } from '../../../ui/prompt.ts'
import { plainText } from '../../../text/sanitize.ts'
import { now, openRepository, openStream, requireHuman, type CommonOptions } from '../../context.ts'
import { openEditor } from '../../editor.ts'
import { canAsk } from '../../interactive.ts'
import { print, printJson, say } from '../../output.ts'
import { advice, commandText, work, type CommandLine } from '../../../text/hint.ts'

export interface EditOptions extends CommonOptions {
  tasks?: boolean
  agents?: boolean
}

/** A file that is edited. */
interface Edited {
  path: string
  /** Its path from the repository root. */
  label: string
  /** Where its draft is: a copy that the editor gets. */
  draft: string
  /** A sentence for each error in the draft. */
  findErrors: () => Promise<string[]>
  /** What to do after a change. */
  next: CommandLine
}

/**
 * `work edit`: opens PLAN.md in the user's editor, or TASKS.md or agents.yaml. The editor gets a copy. The file is replaced when
 * the copy is sound, or the user wants it anyway; until then the copy stays, also when the editor or this process dies.
 */
export async function edit(options: EditOptions): Promise<number> {
  requireHuman('editing the plan, tasks or agents', work('edit'))
  if (options.tasks === true && options.agents === true) {
    throw new WorkError('--tasks and --agents are two files.', {
      code: 'usage',
      hint: work('edit', '--tasks'),
    })
  }
  const edited = options.agents === true ? agentsFile(options) : streamFile(options)
  mkdirSync(dirname(edited.draft), { recursive: true })
  const self = { pid: process.pid, command: commandText(work('edit')), since: now().toISOString() }
  const claimed = await claim(`${edited.draft}.owner`, self)
  if (!('release' in claimed)) {
    const who = claimed.holder === undefined ? 'another process' : describeHolder(claimed.holder)
    throw new WorkError(`${edited.label} is being edited by ${who}.`, {
      code: 'being-edited',
      hint: 'Close that editor first.',
      exitCode: exitCodes.unfinished,
    })
  }
  try {
    return await editCopy(edited, options)
  } finally {
    claimed.release()
  }
}

function streamFile(options: EditOptions): Edited {
  const { workspace, stream } = openStream(options)
  const isTasks = options.tasks === true
  const path = isTasks ? stream.tasksMd : stream.plan
  const draft = join(workspace.run, 'edit', stream.id, basename(path))
  const label = relative(workspace.root, path)
  return {
    path,
    label,
    draft,
    findErrors: () => {
      const text = readFileSync(draft, 'utf8')
      const { problems } = isTasks ? parseTasksMd(text) : parsePlan(text)
      const errors = problems.filter(({ severity }) => severity === 'error')
      return Promise.resolve(errors.map((problem) => formatProblem(label, problem)))
    },
    next: isTasks ? work('approve', 'tasks') : work('approve'),
  }
}

function agentsFile(options: EditOptions): Edited {
  const { workspace } = openRepository(options)
  const draft = join(workspace.run, 'edit', basename(workspace.agents))
  const label = relative(workspace.root, workspace.agents)
  return {
    path: workspace.agents,
    label,
    draft,
    findErrors: async () => {
      try {
        await readAgents(draft)
        return []
      } catch (error) {
        if (!(error instanceof WorkError)) throw error
        return [error.message.replace(/^\S+?(?=:\d+:)/, label)]
      }
    },
    next: work('agents'),
  }
}

async function editCopy(edited: Edited, options: EditOptions): Promise<number> {
  const { path, label, draft } = edited
  const before = readExactText({ path, label })
  if (before === undefined) throw missing(edited, options)
  if (!(await wantsDraft(edited, before, options))) await writeWhole(draft, before)
  for (;;) {
    await openEditor(draft)
    const text = readExactText({ path: draft, label: relative(process.cwd(), draft) }) ?? ''
    if (text === before) return finish(edited, options, { changed: false, words: `${label} is unchanged.` })
    const errors = await edited.findErrors()
    const isReplaced = readExactText({ path, label }) !== before
    const problems = [
      ...errors,
      ...(isReplaced ? [`${label} was changed by someone else in the meantime: saving replaces that.`] : []),
    ]
    if (problems.length === 0) {
      await writeWhole(path, text)
      return finish(edited, options, { changed: true, words: `Saved ${label}.` })
    }
    say(...problems.slice(0, 10).map(plainText))
    if (problems.length > 10) say(`and ${problems.length - 10} more`)
    const answer = await askAboutErrors(edited, errors.length, options)
    if (answer === 'save') {
      await writeWhole(path, text)
      return finish(edited, options, { changed: true, words: `Saved ${label} as it is.` })
    }
    if (answer === 'discard') {
      return finish(edited, options, {
        changed: false,
        words: `${label} is unchanged; your changes are gone.`,
      })
    }
  }
}

/** Whether to continue with a draft that an earlier edit left. Without a terminal it is continued: nothing of it is lost. */
async function wantsDraft({ draft, label }: Edited, before: string, options: EditOptions): Promise<boolean> {
  if (!existsSync(draft) || readFileSync(draft, 'utf8') === before) return false
  const since = formatMoment(statSync(draft).mtime.toISOString())
  if (!canAsk(options)) {
    say(`Continuing with your unsaved changes of ${since} to ${label}.`)
    return true
  }
  const answer = await askChoice(`There are unsaved changes of ${since} to ${label}.`, [
    { value: 'draft', label: 'Continue with them' },
    { value: 'file', label: 'Start over', hint: 'with the file as it is; the unsaved changes are lost' },
  ])
  if (answer.type !== 'chosen') throw cancelled(draft)
  return answer.value === 'draft'
}

async function askAboutErrors(
  { draft, label }: Edited,
  errors: number,
  options: EditOptions,
): Promise<'edit' | 'save' | 'discard'> {
  const what = errors === 0 ? `Save ${label}?` : `${label} has ${counted(errors, 'error')}.`
  if (!canAsk(options)) {
    throw new WorkError(`${what} Nothing was saved. Your changes are in ${relative(process.cwd(), draft)}.`, {
      code: 'not-saved',
      hint: advice`${work('edit')} continues with them.`,
      exitCode: exitCodes.unfinished,
    })
  }
  const answer = await askChoice<'edit' | 'save' | 'discard'>(what, [
    { value: 'edit', label: 'Edit again' },
    { value: 'save', label: 'Save anyway' },
    { value: 'discard', label: 'Discard', hint: 'leave the file as it was' },
  ])
  if (answer.type !== 'chosen') throw cancelled(draft)
  return answer.value
}

function finish(
  { draft, label, next }: Edited,
  { json }: EditOptions,
  { changed, words }: { changed: boolean; words: string },
): number {
  rmSync(draft, { force: true })
  if (json === true) printJson({ file: label, changed })
  else print([words, ...(changed ? [{ next }] : [])])
  return 0
}

function cancelled(draft: string): WorkError {
  return new WorkError(`Nothing was saved. Your changes are in ${relative(process.cwd(), draft)}.`, {
    code: 'cancelled',
    hint: advice`${work('edit')} continues with them.`,
    exitCode: exitCodes.interrupted,
  })
}

function missing({ label }: Edited, { tasks, agents }: EditOptions): WorkError {
  return new WorkError(`${label} does not exist.`, {
    code: 'file-missing',
    hint:
      tasks === true
        ? advice`${work('tasks', 'generate')} writes it; ${work('edit')} opens the plan.`
        : agents === true
          ? work('init')
          : 'Restore it from git.',
  })
}
