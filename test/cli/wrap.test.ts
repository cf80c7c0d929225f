import { expect, test } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'
import { until } from '../helpers/until.ts'
import { makeApproved, nodeAgent } from '../helpers/scene.ts'
import { openTerminal } from '../helpers/terminal.ts'
import { batchOf } from '../builders/plan.ts'

test('on a terminal sentences break between words, and commands to copy do not; in a pipe nothing breaks', async () => {
  const workspace = await makeApproved(batchOf(1), nodeAgent(''))
  workspace.write('work/001-demo/PLAN.md', '# Plan: Demo\n\n## Summary\n\n## Stages\n')
  const sentence =
    'PLAN.md:3: error: The summary of the plan is empty. Write below "## Summary" in a few sentences what should be true at the end.'
  expect((await workspace.work('validate', 'plan')).stdout).toContain(sentence)

  const terminal = openTerminal(workspace, { columns: 60 })
  terminal.work('validate plan')
  await until(() => terminal.screen().includes('exit code 1'))
  expect(terminal.screen()).toContain(
    [
      'PLAN.md:3: error: The summary of the plan is empty. Write',
      '  below "## Summary" in a few sentences what should be true',
      '  at the end.\n',
    ].join('\n'),
  )

  terminal.work('update')
  await until(() => terminal.text().includes('exit code 2'))
  expect(terminal.text()).toContain(
    [
      '  → work update --task 01.01.01.01 --status completed, or',
      '    --thread 01.01.01 for each of its tasks\n',
    ].join('\n'),
  )
})

test.each(['--help', 'add --help', 'multi --help'])(
  'on a narrow terminal work %s breaks between words',
  async (args) => {
    const terminal = openTerminal(makeRepository(), { columns: 40, rows: 120 })
    terminal.work(args)
    await until(() => terminal.text().includes('exit code 0'))
    // Lines that the terminal itself had to break are longer here.
    // The command line may be echoed twice: what is typed before the prompt comes is shown again after it.
    const lines = terminal.text().split('\n')
    const output = lines.filter((line) => !line.includes('echo "exit code $?"'))
    expect(output.length).toBeGreaterThan(10)
    expect(output.filter((line) => line.length > 40)).toEqual([])
  },
)

test.each([{ LANG: 'C' }, { TERM: 'dumb' }])(
  'with %j a next step has an arrow that can be shown',
  async (env) => {
    const workspace = await makeApproved(batchOf(1), nodeAgent(''))
    expect((await workspace.run(['status'], { env })).stdout).toContain('\n  -> work run\n')
    expect((await workspace.run(['update'], { env })).stderr).toContain('\n  -> work update --task')
  },
)
