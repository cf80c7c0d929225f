import { expect, it } from 'vitest'
import { makePlanner } from '../helpers/planning.ts'
import { succeed } from '../helpers/scene.ts'

it('a template of the repository comes before one of the same name that comes with work', async () => {
  const workspace = await makePlanner()
  await succeed(workspace, 'plan', '--template', 'bugfix')
  expect(workspace.read('work/001-bugfix/PLAN.md')).toContain('# Plan: <!-- What is fixed -->')
  workspace.write('work/templates/bugfix.md', '# Plan: <!-- ours -->\n')
  await succeed(workspace, 'plan', '--template', 'bugfix', '--name', 'ours')
  expect(workspace.read('work/002-ours/PLAN.md')).toBe('# Plan: <!-- ours -->\n')
})
