import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemCode } from '../../../errors.ts'
import { requireTargetInside } from '../../../files/inside.ts'
import { writeWhole } from '../../../store/atomic-write.ts'

const names = ['planning-workstreams', 'implementing-workstreams']

/** The line of a skill's front matter that names its author; in a copy the hash of the copied text follows it. */
const source = /^( {2}source: workstreams)(?: ([0-9a-f]{64}))?$/m

/** What became of the files, by their paths from the root. */
export interface SkillsReport {
  created: string[]
  updated: string[]
  kept: string[]
}

/**
 * Puts the skills for agents where opencode looks for those of a repository. A copy that the user has changed is
 * kept; an older one that nobody has changed is replaced.
 */
export async function writeSkills(root: string): Promise<SkillsReport> {
  const report: SkillsReport = { created: [], updated: [], kept: [] }
  for (const name of names) {
    const path = join(root, '.opencode', 'skills', name, 'SKILL.md')
    requireTargetInside(root, path)
    const text = stamp(readFileSync(packaged(name), 'utf8'))
    const present = readPresent(path)
    const outcome = present === undefined ? 'created' : isOlderCopy(present, text) ? 'updated' : 'kept'
    if (outcome !== 'kept') await writeWhole(path, text)
    report[outcome].push(relative(root, path))
  }
  return report
}

/** The package has them in docs/, beside the folder of the built program, in which this file is. */
function packaged(name: string): string {
  return fileURLToPath(new URL(`../docs/skills/${name}/SKILL.md`, import.meta.url))
}

function isOlderCopy(present: string, text: string): boolean {
  const isStamped = source.exec(present)?.[2] !== undefined
  return isStamped && present !== text && stamp(present.replace(source, '$1')) === present
}

function stamp(text: string): string {
  return text.replace(source, `$1 ${createHash('sha256').update(text).digest('hex')}`)
}

function readPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
