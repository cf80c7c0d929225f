import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The paths of README.md and of every page in docs/, but for the plan of the demo, which is no page. */
export function allPages(): string[] {
  const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !name.startsWith('demo'))
    .toSorted()
  return [join(root, 'README.md'), ...pages.map((name) => join(root, 'docs', name))]
}
