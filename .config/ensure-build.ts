import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds `dist/` for tests that run it, if a source is newer. */
export default function ensureBuild(): void {
  const built = join(root, 'dist/main.js')
  const sources = ['src', 'machines', '.config/build.mjs', 'package.json'].map((path) => join(root, path))
  if (existsSync(built) && Math.max(...sources.map(lastChange)) < statSync(built).mtimeMs) return
  execFileSync(process.execPath, [join(root, '.config/build.mjs')], { stdio: 'inherit' })
}

/** When a file, or anything in a folder, was changed last; a removal changes its folder. */
function lastChange(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => lastChange(join(path, name))))
}
