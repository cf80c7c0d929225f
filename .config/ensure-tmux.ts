import { spawnSync } from 'node:child_process'

/** The tests drive the board in a real terminal. Where tmux is missing it is installed, if this machine lets us. */
export default function ensureTmux(): void {
  if (hasTmux()) return
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '--non-interactive']
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', 'tmux']]) {
    const [file = '', ...rest] = [...asRoot, 'apt-get', ...args]
    spawnSync(file, rest, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  }
  if (!hasTmux()) throw new Error('The tests need tmux. Install it, and run them again.')
}

function hasTmux(): boolean {
  return spawnSync('tmux', ['-V']).status === 0
}
