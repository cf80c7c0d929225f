import { describe, expect, it, test } from 'vitest'
import { pagerFor } from '../../src/cli/pager.ts'
import { detectStyle } from '../../src/ui/style.ts'
import { makeApproved, nodeAgent } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { batchOf } from '../builders/plan.ts'

function isColored(env: Record<string, string>, isTTY: boolean, color?: boolean): boolean {
  return detectStyle({ isTTY }, env, color).colors.isColorSupported
}

describe('colors', () => {
  it.each([
    [{}, true, undefined, true],
    [{}, false, undefined, false],
    [{ TERM: 'dumb' }, true, undefined, false],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, undefined, false],
    [{ FORCE_COLOR: '1' }, false, undefined, true],
    [{ FORCE_COLOR: '0', CLICOLOR_FORCE: '1' }, true, undefined, false],
    [{ CLICOLOR_FORCE: '1' }, false, undefined, true],
    [{ CLICOLOR_FORCE: '0' }, false, undefined, false],
    [{ CLICOLOR: '0' }, true, undefined, false],
    [{ NO_COLOR: '1' }, false, true, true],
    [{ FORCE_COLOR: '1' }, true, false, false],
  ])('with %j, on a terminal: %s, --color: %s, are shown: %s', (env, isTTY, color, shown) => {
    expect(isColored(env, isTTY, color)).toBe(shown)
  })
})

describe('the pager', () => {
  it.each([
    [{}, 'less'],
    [{ PAGER: 'more -s' }, 'more -s'],
    [{ WORK_PAGER: 'most', PAGER: 'more' }, 'most'],
    [{ WORK_PAGER: '', PAGER: 'more' }, undefined],
    [{ PAGER: ' cat ' }, undefined],
    [{ TERM: 'dumb' }, undefined],
  ])('for %j is %s', (env, pager) => {
    expect(pagerFor(env)).toBe(pager)
  })
})

test('--quiet, --color and --no-color change what is printed, before or after the command', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(''))
  const [plain, quiet, colored, forced] = await Promise.all([
    workspace.work('status'),
    workspace.work('status', '--quiet'),
    workspace.work('--color', 'status'),
    workspace.run(['status', '--no-color'], { env: { FORCE_COLOR: '1' } }),
  ])
  expect(plain.stdout).toContain('  → work run')
  expect(quiet.stdout).not.toContain('→')
  expect(quiet.stdout).toContain('01.01.01')
  expect(colored.stdout).toContain('\u001B[')
  expect(forced.stdout).toBe(plain.stdout)
  const run = await workspace.work('run', '-q')
  expect(run).toMatchObject({ code: 0, stderr: '' })
  expect(run.stdout).not.toContain('started')
})

test('long output goes through the pager, also one with arguments; --no-pager prints it', async () => {
  const workspace = await makeApproved(batchOf(30), nodeAgent(''))
  const terminal = openTerminal(workspace, { rows: 12 })
  const see = (text: string) => until(() => terminal.screen().includes(text), terminal.screen)
  terminal.type(`export PAGER='sed s/^/paged:/' LESS=`)
  terminal.press('Enter')
  terminal.work('list')
  await see('exit code 0')
  expect(terminal.screen()).toContain('paged:')
  terminal.type('clear')
  terminal.press('Enter')
  terminal.work('list --no-pager')
  await see('exit code 0')
  expect(terminal.screen()).not.toContain('paged:')
})

test.each(['no-such-pager', '/etc/passwd'])(
  'long output is printed when the pager %s can not be started',
  async (pager) => {
    const workspace = await makeApproved(batchOf(30), nodeAgent(''))
    const terminal = openTerminal(workspace, { rows: 12 })
    terminal.type(`export PAGER=${pager}`)
    terminal.press('Enter')
    terminal.work('list')
    await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
    expect(terminal.screen()).toContain('01.01.30')
  },
)
