import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../store/json/guard.ts'

/** A tool of a repository that also scans the clones of threads, and what keeps it from that. */
export interface Scanner {
  tool: string
  /** The file that needs a line. */
  file: string
  line: string
}

interface Tool {
  tool: string
  /** Its configuration files. */
  files: readonly string[]
  /** Its field in package.json. */
  field?: string
  /** The file that takes the line, if that is another one. */
  ignoreFile?: string
  line: string
}

const scriptEndings = ['js', 'mjs', 'cjs', 'ts', 'mts', 'cts']
const configs = (name: string) => scriptEndings.map((ending) => `${name}.${ending}`)

/** The test runners and linters that were seen to scan nested folders, with what each needs. */
const tools: readonly Tool[] = [
  {
    tool: 'vitest',
    files: [...configs('vitest.config'), ...configs('vitest.workspace')],
    line: "exclude: ['**/.trees/**', ...configDefaults.exclude]",
  },
  { tool: 'eslint', files: configs('eslint.config'), line: "{ ignores: ['work/.trees/'] }" },
  {
    tool: 'jest',
    files: [...configs('jest.config'), 'jest.config.json'],
    field: 'jest',
    line: `"modulePathIgnorePatterns": ["<rootDir>/work/\\\\.trees/"]`,
  },
  {
    tool: 'prettier',
    files: [
      ...['', '.json', '.json5', '.yaml', '.yml', '.toml'].map((ending) => `.prettierrc${ending}`),
      ...configs('.prettierrc'),
      ...configs('prettier.config'),
    ],
    field: 'prettier',
    ignoreFile: '.prettierignore',
    line: 'work/.trees/',
  },
]

/** The tools of a repository that would scan work/.trees: those that are configured, and do not mention it. */
export function scannersOf(root: string): Scanner[] {
  const manifest = manifestOf(root)
  return tools.flatMap(({ tool, files, field, ignoreFile, line }) => {
    const own = files.find((file) => existsSync(join(root, file)))
    const hasField = field !== undefined && manifest[field] !== undefined
    // A test runner without configuration is known by its dependency.
    const isUsed = own !== undefined || hasField || isDependency(manifest, tool)
    if (!isUsed) return []
    const file = ignoreFile ?? own ?? (hasField ? 'package.json' : (files[0] ?? ''))
    return textOf(join(root, file)).includes('.trees') ? [] : [{ tool, file, line }]
  })
}

/** Whether the packages of a repository are linked to each other by a package manager. */
export function hasWorkspaces(root: string): boolean {
  return manifestOf(root)['workspaces'] !== undefined || existsSync(join(root, 'pnpm-workspace.yaml'))
}

function isDependency(manifest: Record<string, unknown>, tool: string): boolean {
  return ['dependencies', 'devDependencies'].some((field) => {
    const packages = manifest[field]
    return isRecord(packages) && packages[tool] !== undefined
  })
}

/** package.json; empty if there is none, or if it can't be read: then its package manager will say so. */
function manifestOf(root: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(textOf(join(root, 'package.json')))
    return isRecord(value) ? value : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
