import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { makeRepository } from '../helpers/cli.ts'
import { say, startModelServer } from '../helpers/model-server.ts'
import { opencodeEnv, opencodeProgram } from '../helpers/opencode-env.ts'
import { succeed } from '../helpers/scene.ts'

const planning = '.opencode/skills/planning-workstreams/SKILL.md'
const implementing = '.opencode/skills/implementing-workstreams/SKILL.md'
const source = readFileSync(
  new URL('../../docs/skills/planning-workstreams/SKILL.md', import.meta.url),
  'utf8',
)

test('init writes nothing outside of work/ unless it is asked for skills', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init')
  expect(existsSync(join(workspace.root, '.opencode'))).toBe(false)
  const { created, kept } = JSON.parse(await succeed(workspace, 'init', '--skills', '--json'))
  expect(created).toEqual([planning, implementing])
  expect(kept).toEqual(['work/index.json', 'work/agents.yaml', 'work/.gitignore'])
})

test('a skill that the user changed is kept, an unchanged one is as in the package', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init', '--skills')
  const mine = `${workspace.read(planning)}\nWe write plans in Latin.\n`
  workspace.write(planning, mine)
  const again = await succeed(workspace, 'init', '--skills')
  expect(again).toContain(`${planning} already exists, kept as it is.`)
  expect(again).toContain(`${implementing} already exists, kept as it is.`)
  expect(workspace.read(planning)).toBe(mine)
})

test('a skill of another name than ours, in the place of ours, is kept', async () => {
  const workspace = makeRepository()
  workspace.write(planning, '---\nname: planning-workstreams\ndescription: Of the old tool.\n---\n')
  expect(await succeed(workspace, 'init', '--skills')).toContain(`${planning} already exists, kept as it is.`)
  expect(workspace.read(planning)).toContain('Of the old tool.')
})

test('a copy of an older version, unchanged since, is replaced', async () => {
  const workspace = makeRepository()
  workspace.write(planning, older)
  expect(await succeed(workspace, 'init', '--skills')).toContain(`Updated ${planning}`)
  expect(unstamped(workspace.read(planning))).toBe(source)
  expect(await succeed(workspace, 'init', '--skills')).toContain(`${planning} already exists`)
})

test('opencode finds the skills of the repository', async () => {
  const workspace = makeRepository()
  await succeed(workspace, 'init', '--skills')
  const model = await startModelServer(() => say('Nobody asks.'))
  onTestFinished(() => model.close())
  const { stdout } = await promisify(execFile)(opencodeProgram, ['debug', 'skill'], {
    cwd: workspace.root,
    env: {
      PATH: process.env['PATH'],
      HOME: workspace.home,
      ...opencodeEnv(join(dirname(workspace.root), 'opencode'), model),
    },
  })
  const skills: { name: string; description: string; location: string }[] = JSON.parse(stdout)
  for (const path of [planning, implementing]) {
    const found = skills.find(({ location }) => location === join(workspace.root, path))
    expect(path).toContain(`/${found?.name}/`)
    expect(workspace.read(path)).toContain(`description: ${found?.description}\n`)
  }
})

/** A copy as an older version wrote it. Its hash is of the text with the bare line `source: workstreams`. */
const older = `---
name: planning-workstreams
description: How it used to be done.
metadata:
  source: workstreams 04aaabdcca701555ed55a908f52c62bcb572d8380df6f30d0aa8dce758a004e7
---

# Planning, as it was
`

function unstamped(copy: string): string {
  return copy.replace(/^( {2}source: workstreams) [0-9a-f]{64}$/m, '$1')
}
