import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const program = fileURLToPath(new URL('run.mjs', import.meta.url))
/** Some minutes on a busy machine; each kill and run has a bound of its own. Milliseconds. */
const patience = 900_000

test.each([
  ['command', 20, []],
  ['command', 12, ['--isolation']],
  ['opencode', 4, []],
])(
  'a soak of %s with %i kills and %j loses nothing, does nothing twice, and leaves nothing',
  async (runner, kills, more) => {
    const { status, stdout, stderr, left } = await runSoak([
      '--runner',
      runner,
      '--kills',
      String(kills),
      '--seed',
      '11',
      ...more,
    ])
    expect(stdout + stderr).toMatch(/ {2}lost 0 {2}doubled 0 {2}wrong 0 {2}left over 0\n$/)
    expect(stdout).toContain(
      `seed 11, runner ${runner}${more.length > 0 ? ', isolated' : ''}, ${kills} kills\n`,
    )
    expect(stdout).toContain(`\nkills ${kills}  sessions `)
    expect(status).toBe(0)
    expect(left).toEqual([])
  },
  patience,
)

test('a soak with a bad flag says what was found and expected, and ends with 2', async () => {
  expect(await runSoak(['--kills', 'all'])).toEqual({
    status: 2,
    stdout: '',
    stderr:
      'Error: --kills: found "all", expected a whole number from 1 to 100000.\n' +
      '  → npm run soak -- --kills 200 --runner command --seed 1\n',
    left: [],
  })
})

/** Runs a soak to its end; `left` is what it leaves in its temp folder. */
async function runSoak(args: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'work-soak-test-'))
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, TMPDIR: folder } })
  onTestFinished(() => {
    child.kill('SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { status, ...written, left: readdirSync(folder) }
}
