import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { Git } from './git.ts'

/** A key of a git configuration with its value; without one, it is true. */
interface Setting {
  key: string
  value: string | undefined
}

/** Why a push from a clone fails. Without a colon, or git would take it for a host. */
const noPush = 'no push from the clone of a thread (push in work/agents.yaml allows it)'

/** What is about one repository, and not about how to work in it. */
const ofRepository =
  /^(?:core\.(?:bare|repositoryformatversion|worktree|fsmonitor)$|core\.hookspath$|extensions\.|submodule\.|branch\..+\.|remote\..+\.|lfs\.storage$)/

/** Sections of the clone that say where it was cloned from. */
const ofCloning = /^(?:remote|branch)\./

/**
 * Gives a fresh clone the settings of the main repository: its local configuration, hooks, remotes, patterns of ignored
 * files, attributes and LFS store. `tip`: the commit that will be checked out.
 */
export async function configureClone(
  main: Git,
  clone: Git,
  { push, tip }: { push: boolean; tip: string },
): Promise<void> {
  const common = resolve(main.folder, await main.text('rev-parse', '--git-common-dir'))
  const mains = await settingsOf(main)
  const own = (await settingsOf(clone)).filter(({ key }) => !ofCloning.test(key))
  const isKept = ({ key }: Setting) => !own.some((each) => each.key === key)
  const settings = [
    ...own,
    ...mains.filter(({ key }) => !ofRepository.test(key)).filter(isKept),
    ...partialSettings(mains),
    ...remotesOf(main.folder, mains, push),
    ...(await hooksSetting(main, mains, { common, tip })),
    ...lfsSetting(mains, common),
    { key: 'gc.auto', value: '0' },
    { key: 'maintenance.auto', value: 'false' },
    { key: 'uploadpack.allowAnySHA1InWant', value: 'true' },
  ]
  const gitFolder = join(clone.folder, '.git')
  writeFileSync(join(gitFolder, 'config'), settings.map(configText).join(''))
  mkdirSync(join(gitFolder, 'info'), { recursive: true })
  for (const name of ['exclude', 'attributes'])
    copyIfThere(join(common, 'info', name), join(gitFolder, 'info', name))
  const sparse = resolve(main.folder, await main.text('rev-parse', '--git-path', 'info/sparse-checkout'))
  copyIfThere(sparse, join(gitFolder, 'info', 'sparse-checkout'))
}

async function settingsOf(git: Git): Promise<Setting[]> {
  const { stdout } = await git.run(['config', '--local', '--list', '-z'])
  return stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const at = entry.indexOf('\n')
      return at === -1
        ? { key: entry, value: undefined }
        : { key: entry.slice(0, at), value: entry.slice(at + 1) }
    })
}

/** A clone of a partial clone gets missing objects from where the main repository gets them. */
function partialSettings(mains: readonly Setting[]): Setting[] {
  return mains.filter(({ key }) => key === 'extensions.partialclone')
}

/** The remotes of the main repository. Relative addresses would mean another place in the clone. */
function remotesOf(root: string, mains: readonly Setting[], push: boolean): Setting[] {
  const remotes = mains.filter(({ key }) => /^remote\..+\./.test(key))
  const names = new Set(remotes.map(({ key }) => key.slice('remote.'.length, key.lastIndexOf('.'))))
  const settings = remotes.map(({ key, value }) =>
    /\.(?:push)?url$/.test(key) && value !== undefined && isRelative(value)
      ? { key, value: resolve(root, value) }
      : { key, value },
  )
  if (push) return settings
  return [
    ...settings.filter(({ key }) => !key.endsWith('.pushurl')),
    ...[...names].map((name) => ({ key: `remote.${name}.pushurl`, value: noPush })),
  ]
}

/** Whether an address is a relative path: no absolute one, no URL, and no `host:path`. */
function isRelative(address: string): boolean {
  return !isAbsolute(address) && !/^[^/]*:/.test(address) && !address.startsWith('~')
}

/**
 * Where the commits of agents find the user's hooks: at the configured place, if the files of the clone have it, else in
 * the main repository. A place that all repositories share needs no setting.
 */
async function hooksSetting(
  main: Git,
  mains: readonly Setting[],
  { common, tip }: { common: string; tip: string },
): Promise<Setting[]> {
  const key = 'core.hooksPath'
  const configured = mains.findLast((each) => each.key === 'core.hookspath')?.value
  if (configured !== undefined) {
    if (isAbsolute(configured) || configured.startsWith('~')) return [{ key, value: configured }]
    const path = configured.replace(/^\.\//, '').replace(/\/+$/, '')
    const { exitCode } = await main.run(['cat-file', '-e', `${tip}:${path}`], { expects: [0, 1, 128] })
    return [{ key, value: exitCode === 0 ? configured : resolve(main.folder, configured) }]
  }
  for (const scope of ['--global', '--system']) {
    const args = ['config', '--includes', scope, '--get', 'core.hooksPath']
    if ((await main.run(args, { expects: [0, 1, 128] })).exitCode === 0) return []
  }
  const hooks = join(common, 'hooks')
  const isReal = existsSync(hooks) && readdirSync(hooks).some((name) => !name.endsWith('.sample'))
  return isReal ? [{ key, value: hooks }] : []
}

/** Big files are stored once, in the main repository. */
function lfsSetting(mains: readonly Setting[], common: string): Setting[] {
  const configured = mains.findLast(({ key }) => key === 'lfs.storage')?.value
  const store = resolve(common, configured ?? 'lfs')
  return configured !== undefined || existsSync(store) ? [{ key: 'lfs.storage', value: store }] : []
}

/** One setting in the syntax of git's configuration files. */
function configText({ key, value }: Setting): string {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')]
  const subsection = first === last ? '' : ` "${escaped(key.slice(first + 1, last))}"`
  const name = key.slice(last + 1)
  const text =
    value === undefined
      ? name
      : `${name} = "${escaped(value).replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`
  return `[${key.slice(0, first)}${subsection}]\n\t${text}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}

function copyIfThere(from: string, to: string): void {
  if (!existsSync(from)) return
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}
