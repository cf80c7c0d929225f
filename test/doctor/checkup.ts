import { hintText } from '../../src/text/hint.ts'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach } from 'vitest'
import { triedVersion } from '../../src/runners/opencode/tested-version.ts'
import { checkUp, type CheckupOptions } from '../../src/doctor/doctor.ts'
import { makeWorkspace, type TestWorkspace } from '../helpers/cli.ts'
import { agentsYaml } from '../builders/agents.ts'
import { task } from '../builders/records.ts'

export let workspace: TestWorkspace
/** Folder of programs that come before all others on PATH. */
export let bin: string

beforeEach(() => {
  workspace = makeWorkspace([task({ id: '01.01.01.01' })])
  bin = join(workspace.root, 'bin')
  workspace.write('work/001-demo/PLAN.md', '# Plan: Demo\n')
  workspace.write('work/agents.yaml', agentsYaml([process.execPath]))
  workspace.write('work/.gitignore', '.run/\nlogs/\n')
  fakeOpencode(`echo ${triedVersion}`)
})

/** A program `opencode` that starts at once and writes nowhere. */
export function fakeOpencode(script: string): void {
  workspace.write('bin/opencode', `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'opencode'), 0o755)
}

/** What a look at the workspace finds of each name, as `state: text → hint`. */
export async function look(options: Partial<CheckupOptions> = {}): Promise<Map<string, string>> {
  const { checks } = await checkUp({
    workspace: workspace.paths,
    helpers: { recorder: '/nowhere/recorder.js', keeper: '/nowhere/keeper.js' },
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: workspace.home },
    now: () => new Date(),
    server: undefined,
    nodeVersion: process.version,
    readDisk: () => ({ ...disk, type: 0xef53 }),
    ...options,
  })
  const found = new Map<string, string>()
  for (const { name, state, text, hint } of checks) {
    const before = found.has(name) ? `${found.get(name)}\n` : ''
    found.set(name, `${before}${state}: ${text}${hint === null ? '' : ` → ${hintText(hint)}`}`)
  }
  return found
}

export const disk = { type: undefined, free: 10_000_000_000, refused: undefined }
