import { isUtf8 } from 'node:buffer'
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'
import { runProgram } from '../process/spawn.ts'
import { isRecord } from '../store/json/guard.ts'
import { findTooDeep } from '../store/json/nesting.ts'
import { counted } from '../text/plural.ts'

/** What is known about a repository, so that a planning agent need not look for it. */
export interface RepositoryFacts {
  /** Files by their paths from the root; where there are many, folders with the number of their files. */
  files: readonly string[]
  /** Files that are not named, neither by name nor by a folder. */
  more: number
  readme: NamedText | undefined
  /** Manifests of packages at the root. */
  manifests: readonly NamedText[]
  /** The command that runs the tests, if a manifest names one. */
  testCommand: string | undefined
}

/** The beginning of a file. */
export interface NamedText {
  path: string
  text: string
}

const mostFiles = 200
const readmeSize = 4096
const manifestSize = 2048
/** A larger file was not written by hand. */
const largest = 1_000_000

const readmes = ['README.md', 'readme.md', 'README.rst', 'README.txt', 'README']
const manifests = [
  'package.json',
  'pyproject.toml',
  'Cargo.toml',
  'go.mod',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Gemfile',
  'composer.json',
  'Makefile',
]

/** Reads what is known about the repository at `root`. What can't be read is left out. */
export async function readRepositoryFacts(
  root: string,
  env: Record<string, string>,
): Promise<RepositoryFacts> {
  const paths = await listFiles(root, env)
  const found = manifests.flatMap((path) => readHead(root, path, largest) ?? [])
  return {
    ...shorten(paths),
    readme: readmes.map((path) => readHead(root, path, readmeSize)).find((one) => one !== undefined),
    manifests: found.map(({ path, text }) => ({ path, text: condense(path, text) })),
    testCommand: testCommandOf(root, new Map(found.map(({ path, text }) => [path, text]))),
  }
}

/** The files that git has or would take, apart from those of `work`. */
async function listFiles(root: string, env: Record<string, string>): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { exitCode, stdout } = await runProgram('git', args, {
    cwd: root,
    env: { ...env, GIT_OPTIONAL_LOCKS: '0' },
  })
  if (exitCode !== 0) return []
  const paths = stdout.split('\0').filter((path) => path !== '' && !path.startsWith('work/'))
  return [...new Set(paths)].map((path) => path.replaceAll(/\p{Cc}/gu, '?'))
}

/** All files where they are few; otherwise folders, the upper ones first, with the number of files below them. */
function shorten(paths: readonly string[]): Pick<RepositoryFacts, 'files' | 'more'> {
  if (paths.length <= mostFiles) return { files: paths, more: 0 }
  for (let depth = 6; depth >= 1; depth -= 1) {
    const groups = groupAt(paths, depth)
    if (groups.length <= mostFiles) return { files: groups.map(describeGroup), more: 0 }
  }
  const groups = groupAt(paths, 1)
  const rest = groups.slice(mostFiles)
  return {
    files: groups.slice(0, mostFiles).map(describeGroup),
    more: rest.reduce((sum, { count }) => sum + count, 0),
  }
}

/** A file, or a folder with the number of files below it. */
interface FileGroup {
  path: string
  count: number
}

function groupAt(paths: readonly string[], depth: number): FileGroup[] {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const steps = path.split('/')
    const group = steps.length <= depth ? path : `${steps.slice(0, depth).join('/')}/`
    counts.set(group, (counts.get(group) ?? 0) + 1)
  }
  return [...counts].map(([path, count]) => ({ path, count }))
}

function describeGroup({ path, count }: FileGroup): string {
  return path.endsWith('/') ? `${path} (${counted(count, 'file')})` : path
}

/** The beginning of a text file, cut at a line; undefined for anything else. */
function readHead(root: string, path: string, size: number): NamedText | undefined {
  try {
    const file = join(root, path)
    const stat = lstatSync(file)
    if (!stat.isFile() || stat.size > largest) return undefined
    const bytes = readFileSync(file)
    if (bytes.includes(0) || !isUtf8(bytes)) return undefined
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
    return { path, text: cut(text, size) }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

function cut(text: string, size: number): string {
  if (text.length <= size) return text.trimEnd()
  const end = text.lastIndexOf('\n', size)
  const head = text.slice(0, end > 0 ? end : size)
  // Half of a character would not survive being written.
  return `${head.replace(/[\uD800-\uDBFF]$/, '').trimEnd()}\n…`
}

/** What counts of a manifest. */
function condense(path: string, text: string): string {
  if (path !== 'package.json') return cut(text, manifestSize)
  const value = parse(text)
  if (value === undefined) return cut(text, manifestSize)
  const { name, scripts, dependencies, devDependencies, workspaces } = value
  const kept = {
    name,
    workspaces,
    scripts,
    dependencies: namesOf(dependencies),
    devDependencies: namesOf(devDependencies),
  }
  return cut(JSON.stringify(kept, null, 1), manifestSize)
}

function namesOf(field: unknown): string[] | undefined {
  return isRecord(field) ? Object.keys(field) : undefined
}

function parse(text: string): Record<string, unknown> | undefined {
  // Writing what is nested deeper would exceed the stack.
  if (findTooDeep(text) !== undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Lock files, and how the manager that writes them runs tests. */
const managers = [
  ['pnpm-lock.yaml', 'pnpm test'],
  ['yarn.lock', 'yarn test'],
  ['bun.lock', 'bun run test'],
  ['bun.lockb', 'bun run test'],
] as const

function testCommandOf(root: string, texts: ReadonlyMap<string, string>): string | undefined {
  const scripts = parse(texts.get('package.json') ?? '')?.['scripts']
  if (isRecord(scripts) && typeof scripts['test'] === 'string') {
    return managers.find(([lock]) => existsSync(join(root, lock)))?.[1] ?? 'npm test'
  }
  if (texts.has('Cargo.toml')) return 'cargo test'
  if (texts.has('go.mod')) return 'go test ./...'
  if (/pytest/.test(texts.get('pyproject.toml') ?? '')) return 'pytest'
  return /^test:/m.test(texts.get('Makefile') ?? '') ? 'make test' : undefined
}
