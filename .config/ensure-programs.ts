import { spawnSync } from 'node:child_process'

/** The tests drive the board in a real terminal, and completion in real shells. */
const programs = ['tmux', 'zsh', 'fish']

/** Installs the programs that are missing, if this machine lets us. */
export default function ensurePrograms(): void {
  const missing = programs.filter((program) => !isThere(program))
  if (missing.length === 0) return
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive']
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...missing]]) {
    const [file = '', ...rest] = [...asRoot, 'apt-get', ...args]
    spawnSync(file, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  }
  const left = missing.filter((program) => !isThere(program))
  if (left.length > 0) throw new Error(`The tests need ${left.join(', ')}. Install it, and run them again.`)
}

function isThere(program: string): boolean {
  return spawnSync(program, [program === 'tmux' ? '-V' : '--version']).status === 0
}
