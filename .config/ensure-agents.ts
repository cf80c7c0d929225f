import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Absolute path of the folder with the programs of the agent CLIs. */
    agentPrograms: string
  }
}

/** The packages, in exact versions. They take 0.9 GB, so they are no dependencies of the project itself. */
const packages = fileURLToPath(new URL('agents/', import.meta.url))
const installed = fileURLToPath(new URL('../node_modules/.cache/agents/', import.meta.url))
const claude = join(installed, 'node_modules/@anthropic-ai/claude-code')

/** Installs the agent CLIs that the tests drive, unless they are there in the right versions. */
export default function ensureAgents(project: TestProject): void {
  if (!isUpToDate()) install()
  // npm may skip the script that puts its binary in place.
  if (!isRunnable(join(claude, 'bin/claude.exe'))) {
    execFileSync(process.execPath, ['install.cjs'], { cwd: claude, stdio: 'inherit' })
  }
  project.provide('agentPrograms', join(installed, 'node_modules/.bin'))
}

function install(): void {
  mkdirSync(installed, { recursive: true })
  for (const name of ['package.json', 'package-lock.json']) {
    copyFileSync(join(packages, name), join(installed, name))
  }
  // Without a prefix, npm would take the project around `node_modules`.
  const args = ['ci', '--prefix', installed, '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', args, { cwd: installed, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Whether npm has finished installing exactly these packages: it writes its own lock file last. */
function isUpToDate(): boolean {
  const own = join(installed, 'node_modules/.package-lock.json')
  if (!existsSync(own)) return false
  const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
    readFileSync(join(packages, 'package.json'), 'utf8'),
  )
  const { packages: present }: { packages: Record<string, { version?: string }> } = JSON.parse(
    readFileSync(own, 'utf8'),
  )
  return Object.entries(dependencies).every(
    ([name, version]) => present[`node_modules/${name}`]?.version === version,
  )
}

function isRunnable(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}
