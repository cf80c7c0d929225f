import { join } from 'node:path'
import { listNames } from '../files/list-names.ts'
import { isRecord } from '../store/json/guard.ts'
import { readText } from '../store/json/json-file.ts'
import { advice } from '../text/hint.ts'
import { warning, type Check } from './check.ts'
import { packageOf } from './package-file.ts'

/** A tool that looks into each folder below the one in which it runs. */
interface Scanner {
  tool: string
  /** Its configuration files, of which the first one counts. */
  config: RegExp
  /** Its field in package.json, and its package. */
  field?: string
  dependency: string
  /** The line that it needs, and where. */
  line: string
  /** Where the line belongs, if not in its configuration. */
  file?: string
}

const scanners: readonly Scanner[] = [
  {
    tool: 'vitest',
    config: /^(vitest|vite)\.config\.[cm]?[jt]s$/,
    dependency: 'vitest',
    line: "test: { exclude: [...configDefaults.exclude, '**/.trees/**'] }",
  },
  {
    tool: 'eslint',
    config: /^eslint\.config\.[cm]?[jt]s$/,
    dependency: 'eslint',
    line: "{ ignores: ['work/.trees/'] }",
  },
  {
    tool: 'jest',
    config: /^jest\.config\.([cm]?[jt]s|json)$/,
    field: 'jest',
    dependency: 'jest',
    line: "modulePathIgnorePatterns: ['<rootDir>/work/.trees/']",
  },
  {
    tool: 'prettier',
    config: /^(\.prettierrc(\..*)?|prettier\.config\.[cm]?[jt]s)$/,
    field: 'prettier',
    dependency: 'prettier',
    line: 'work/.trees/',
    file: '.prettierignore',
  },
]

/** The tools of a repository that would read all clones, with the line that each needs. */
export function checkScanners(root: string): Check[] {
  const names = listNames(root)
  const manifest = packageOf(root)
  return scanners.flatMap((scanner) => {
    const { tool, config, field, dependency, line } = scanner
    const own = names.filter((name) => config.test(name)).toSorted()
    const inPackage = field !== undefined && manifest?.[field] !== undefined
    if (own.length === 0 && !inPackage && !dependsOn(manifest, dependency)) return []
    const file = scanner.file ?? own[0] ?? (inPackage ? 'package.json' : `the configuration of ${tool}`)
    const places = [
      ...own,
      ...(inPackage ? ['package.json'] : []),
      ...(scanner.file === undefined ? [] : [scanner.file]),
    ]
    if (places.some((name) => textOf(root, name).includes('.trees'))) return []
    return [
      warning(
        'isolation',
        `${tool} would also read the clones in work/.trees`,
        advice`Add to ${file}: ${line}`,
      ),
    ]
  })
}

function dependsOn(manifest: Record<string, unknown> | undefined, name: string): boolean {
  return ['dependencies', 'devDependencies'].some((field) => {
    const list = manifest?.[field]
    return isRecord(list) && list[name] !== undefined
  })
}

function textOf(root: string, name: string): string {
  return readText({ path: join(root, name), label: name }) ?? ''
}
