import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { editorOf } from '../../src/cli/editor.ts'
import type { TestWorkspace } from '../helpers/cli.ts'
import { makeApproved, nodeAgent } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { batchOf } from '../builders/plan.ts'

describe('the editor', () => {
  it.each([
    [{ TERM: 'xterm', VISUAL: 'emacs', EDITOR: 'ed' }, 'emacs'],
    [{ TERM: 'dumb', VISUAL: 'emacs', EDITOR: 'ed' }, 'ed'],
    [{ TERM: 'xterm', EDITOR: 'code --wait' }, 'code --wait'],
    [{ TERM: 'xterm', VISUAL: ' ', EDITOR: '' }, 'vi'],
    [{}, 'vi'],
  ])('for %j is %s', (env, editor) => {
    expect(editorOf(env)).toBe(editor)
  })
})

const plan = 'work/001-demo/PLAN.md'
const draft = 'work/.run/edit/001-demo/PLAN.md'

/** Runs `work edit` with an editor that is a command for the shell; the file is its argument. */
function edit(workspace: TestWorkspace, editor: string, ...args: string[]) {
  return workspace.run(['edit', ...args], { env: { EDITOR: editor } })
}

function make(): Promise<TestWorkspace> {
  return makeApproved(batchOf(1), nodeAgent(''))
}

test('work edit replaces the plan by what the editor saved, and says when nothing changed', async () => {
  const workspace = await make()
  expect(await edit(workspace, 'true')).toMatchObject({ code: 0, stdout: `${plan} is unchanged.\n` })
  const saved = await edit(workspace, "sed -i 's/Thread 01: .*/Thread 01: Renamed/'")
  expect(saved).toMatchObject({ code: 0, stdout: `Saved ${plan}.\n  → work approve\n` })
  expect(workspace.read(plan)).toContain('###### Thread 01: Renamed\n')
  expect(existsSync(join(workspace.root, draft))).toBe(false)
})

test('what is faulty is not saved, and neither lost: the next work edit continues with it', async () => {
  const workspace = await make()
  const before = workspace.read(plan)
  const faulty = await edit(workspace, "sed -i 's/Thread 01:/Thread 1x:/'")
  expect(faulty.code).toBe(1)
  expect(faulty.stderr).toContain(`${plan}:`)
  expect(faulty.stderr).toContain(`Nothing was saved. Your changes are in ${draft}.`)
  expect(workspace.read(plan)).toBe(before)
  const again = await edit(workspace, "sed -i 's/Thread 1x:/Thread 01: Not/'")
  expect(again.stderr).toMatch(/^Continuing with your unsaved changes of .* to work\/001-demo\/PLAN\.md\.\n/)
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('Saved') })
  expect(workspace.read(plan)).toContain('Thread 01: Not')
})

test('an editor that fails, or is missing, changes nothing and keeps the draft', async () => {
  const workspace = await make()
  const before = workspace.read(plan)
  const failed = await edit(workspace, 'echo changed > "$1"; exit 3; :')
  expect(failed.code).toBe(1)
  expect(failed.stderr).toContain('ended with exit code')
  expect((await edit(workspace, 'no-such-editor')).stderr).toContain(
    '"no-such-editor" ended with exit code 127',
  )
  expect(workspace.read(plan)).toBe(before)
})

test('a plan that was changed by someone else in the meantime is not overwritten', async () => {
  const workspace = await make()
  const other = await edit(
    workspace,
    `echo '<!-- other -->' >> '${join(workspace.root, plan)}'; echo '<!-- mine -->' >>`,
  )
  expect(other.code).toBe(1)
  expect(other.stderr).toContain(`${plan} was changed by someone else in the meantime`)
  expect(workspace.read(plan)).toContain('<!-- other -->')
  expect(workspace.read(draft)).toContain('<!-- mine -->')
})

test('--agents validates agents.yaml, --tasks needs TASKS.md, and an agent edits nothing', async () => {
  const workspace = await make()
  const agents = await edit(workspace, "sed -i 's/agents/agent/'", '--agents')
  expect(agents.code).toBe(1)
  expect(agents.stderr).toMatch(/^work\/agents\.yaml:\d+: agents: /)
  const tasks = await edit(workspace, 'true', '--tasks')
  expect(tasks).toMatchObject({ code: 2, stderr: expect.stringContaining('TASKS.md does not exist.') })
  const agent = await workspace.run(['edit'], { env: { EDITOR: 'true', WORKSTREAM_ROLE: 'AGENT' } })
  expect(agent.code).toBe(2)
})

test('on a terminal a faulty plan is asked about: edit again, save anyway, or discard', async () => {
  const workspace = await make()
  const before = workspace.read(plan)
  const terminal = openTerminal(workspace)
  terminal.type(`export EDITOR="sed -i 's/Thread 01:/Thread 1x:/'"`)
  terminal.press('Enter')
  terminal.work('edit')
  await until(() => terminal.screen().includes('Save anyway'), terminal.screen)
  terminal.press('Down')
  terminal.press('Down')
  terminal.press('Enter')
  await until(() => terminal.screen().includes('exit code 0'), terminal.screen)
  expect(terminal.text()).toContain('your changes are gone')
  expect(workspace.read(plan)).toBe(before)
})
