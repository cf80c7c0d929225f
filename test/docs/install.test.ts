import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('npm install --global . installs the command from a clone in which nothing is installed yet', () => {
  const folder = mkdtempSync(join(tmpdir(), 'work-install-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const clone = join(folder, 'clone')
  for (const path of listFiles()) cpSync(join(root, path), join(clone, path))
  const prefix = join(folder, 'global')
  // As npm sets it for scripts: the settings of the test run must not be those of the user's command.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(?!config_registry)/.test(name)),
  )
  execFileSync('npm', ['install', '--global', '--prefix', prefix, '--prefer-offline', '.'], {
    cwd: clone,
    env,
    stdio: 'pipe',
  })
  const version = execFileSync(join(prefix, 'bin', 'work'), ['--version'], { encoding: 'utf8' })
  expect(version).toMatch(/^\d+\.\d+\.\d+\n$/)
}, 300_000)

/** The files of a clone, as they are now. */
function listFiles(): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate']
  const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  const deleted = new Set(
    execFileSync('git', ['ls-files', '-z', '--deleted'], { cwd: root, encoding: 'utf8' }).split('\0'),
  )
  return listed.split('\0').filter((path) => path !== '' && !deleted.has(path))
}
