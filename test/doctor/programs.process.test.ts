import { readdirSync, readFileSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { triedVersion } from '../../src/runners/opencode/tested-version.ts'
import { oldestNode } from '../../src/doctor/check-programs.ts'
import { startReady } from '../helpers/processes.ts'
import { bin, fakeOpencode, look, workspace } from './checkup.ts'

describe('programs', () => {
  const { engines, devDependencies }: { engines: { node: string }; devDependencies: Record<string, string> } =
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

  test.each([
    ['v20.18.9', `problem: 20.18.9 is too old: work needs ${oldestNode} or later → Install a newer Node.js.`],
    ['v9.30.0', `problem: 9.30.0 is too old: work needs ${oldestNode} or later → Install a newer Node.js.`],
    ['v20.19.0', 'ok: 20.19.0'],
    ['v24.0.0', 'ok: 24.0.0'],
  ])('Node %s is %s', async (nodeVersion, text) => {
    expect((await look({ nodeVersion })).get('node')).toBe(text)
  })

  test('the versions that are asked for are those of package.json', () => {
    expect(engines.node).toBe(`>=${oldestNode}`)
    expect(devDependencies['opencode-ai']).toBe(triedVersion)
  })

  test.each([
    ['echo 1.2.3', /^warning: 1\.2\.3 .*; work is tested with .* → .*opencode-ai@/],
    ['echo 99.0.0', /^warning: 99\.0\.0 .*; work is tested with/],
    ['echo 1.999.0', /^ok: 1\.999\.0 .*; work is tested with/],
    ['echo boom >&2; exit 3', /^warning: .*opencode does not run: boom → npm install/],
  ])('opencode that does "%s" is %s', async (script, expected) => {
    fakeOpencode(script)
    expect((await look()).get('opencode')).toMatch(expected)
  })

  test('opencode that does not run is a problem for agents that need it', async () => {
    fakeOpencode('exit 3')
    workspace.write('work/agents.yaml', '{ agents: [{ name: default, models: [a/b] }] }')
    expect((await look()).get('opencode')).toMatch(/^problem: .* does not run: exit code 3/)
  })

  test('git and tmux that are missing are warnings', async () => {
    const found = await look({ env: { PATH: bin } })
    expect(found.get('git')).toMatch(/^warning: not found on PATH/)
    expect(found.get('tmux')).toMatch(/^warning: not found on PATH/)
  })
})

describe('libraries that opencode unpacked', () => {
  const minute = 60_000
  const names = ['.bcfbf7dffcbff62c-00000000.so', '.0123456789abcdef-00000001.so']
  let temporary: string

  /** A file that was last changed an hour ago. */
  function leave(path: string): void {
    workspace.write(path, 'x'.repeat(3 * 1024 * 1024))
    const then = new Date(Date.now() - 60 * minute)
    utimesSync(join(workspace.root, path), then, then)
  }

  const lookThere = () =>
    look({ env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: workspace.home, TMPDIR: temporary } })

  beforeEach(() => {
    temporary = join(workspace.root, 'temporary')
  })

  test('and left in the temp folder are named, with their size, and stay', async () => {
    for (const name of [...names, 'mine.so', '.hidden.so', 'abc']) leave(`temporary/${name}`)
    expect((await lookThere()).get('libraries')).toMatch(
      /^warning: opencode left 2 unused library files \(6 MB\): \S+\.so, \S+\.so → .* rm \S+\.so …$/,
    )
    expect(readdirSync(temporary)).toHaveLength(5)
  })

  test('just now, or that a process uses, are not named', async () => {
    leave(`temporary/${names[0]}`)
    workspace.write(`temporary/${names[1]}`, 'new')
    const path = join(temporary, names[0] ?? '')
    const program = `import mmap, sys
file = open(sys.argv[1], 'r+b')
memory = mmap.mmap(file.fileno(), 4096)
print('ready', flush=True)
sys.stdin.read()`
    await startReady('python3', ['-c', program, path])
    expect((await lookThere()).get('libraries')).toBeUndefined()
  })

  test('for a server that was killed with its keeper are named', async () => {
    leave(`work/.run/opencode.tmp/${names[0]}`)
    expect((await look()).get('libraries')).toMatch(
      /^warning: work\/\.run\/opencode\.tmp has .* --stop-server/,
    )
  })
})
