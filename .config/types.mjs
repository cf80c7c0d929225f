import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Writes the types of what the package exports into `dist/types/`: what is reached from the two entries, and no more. */
const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist', 'types')
const entries = ['src/index.d.ts', 'machines/index.d.ts']

rmSync(out, { recursive: true, force: true })
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
execFileSync(process.execPath, [tsc, '-p', '.config/tsconfig.types.json'], { cwd: root, stdio: 'inherit' })

const kept = new Set()
for (const entry of entries) keep(join(out, entry))
for (const name of readdirSync(out, { recursive: true })) {
  const path = join(out, name)
  if (name.endsWith('.d.ts') && !kept.has(path)) rmSync(path)
}
for (const folder of emptyFolders(out)) rmSync(folder, { recursive: true })

/** Keeps a file and what it imports, and names files as they are when they run: `.js`. */
function keep(path) {
  if (kept.has(path)) return
  kept.add(path)
  const text = readFileSync(path, 'utf8').replaceAll(/(['"])(\.\.?\/[^'"]+)\.ts\1/g, (_, quote, name) => {
    keep(resolve(dirname(path), `${name}.d.ts`))
    return `${quote}${name}.js${quote}`
  })
  writeFileSync(path, text)
}

function emptyFolders(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
    .flatMap((inner) => (hasFiles(inner) ? emptyFolders(inner) : [inner]))
}

function hasFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile())
}
