import { readdirSync } from 'node:fs'
import { basename, extname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemCode, WorkError } from '../errors.ts'
import { requireInside } from '../files/inside.ts'
import type { Workspace } from '../paths.ts'
import { readExactText } from '../store/json/json-file.ts'
import { advice, work } from '../text/hint.ts'
import { nearest } from '../text/nearest.ts'

/** A plan to fill in. */
export interface Template {
  /** Its name, or its path as typed. */
  name: string
  text: string
}

/** The names of the templates: those that come with `work`, and those of the repository, in `work/templates`. */
export function listTemplates(workspace: Pick<Workspace, 'work'>): string[] {
  return [...new Set([...namesIn(packaged), ...namesIn(ownFolder(workspace))])].toSorted()
}

/**
 * The template of that name; one of the repository's own comes before one that comes with `work`. What looks like a path is
 * one, from the folder `from`, unless a template has that name. Throws a `WorkError` (`template-missing`) that names those
 * there are.
 */
export function readTemplate(
  name: string,
  workspace: Pick<Workspace, 'root' | 'work'>,
  from: string,
): Template {
  const hasFolder = isAbsolute(name) || name.includes('/') || name.includes(sep)
  const isPath = hasFolder || extname(name) !== ''
  const own = join(ownFolder(workspace), `${name}.md`)
  if (!hasFolder) requireInside(workspace.root, own)
  const named = hasFolder ? [] : [own, join(packaged, `${name}.md`)]
  for (const path of [...named, ...(isPath ? [resolve(from, name)] : [])]) {
    const text = readExactText({ path, label: name }, 'template-not-utf8')
    if (text !== undefined) return { name, text }
  }
  throw missing(name, isPath, listTemplates(workspace))
}

/** The package has them in docs/, beside the folder of the built program, in which this file is. */
const packaged = fileURLToPath(new URL('../docs/templates', import.meta.url))

function ownFolder({ work: folder }: Pick<Workspace, 'work'>): string {
  return join(folder, 'templates')
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.md') && !entry.isDirectory())
      .map(({ name }) => basename(name, '.md'))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return []
    throw error
  }
}

function missing(name: string, isPath: boolean, known: readonly string[]): WorkError {
  const near = isPath ? undefined : nearest(name, known)[0]
  const words = isPath ? `${name} does not exist.` : `There is no template "${name}".`
  return new WorkError(`${words} Templates: ${known.join(', ')}.`, {
    code: 'template-missing',
    hint: advice`${work('plan', '<goal>', '--template', near ?? known[0] ?? '<file>')}, or a file: --template ./my-plan.md`,
  })
}
