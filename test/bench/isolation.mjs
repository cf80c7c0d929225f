// What isolation costs: npm run bench, or, for many threads beside somebody who works in the main repository,
// node test/bench/isolation.mjs --threads 40 --files 500
import { build } from 'esbuild'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    threads: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '3' },
  },
})
const folder = mkdtempSync(join(tmpdir(), 'work-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
const outfile = join(folder, 'isolation.mjs')
await build({
  absWorkingDir: root,
  entryPoints: ['test/bench/isolation.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
})
const { benchIsolation } = await import(pathToFileURL(outfile).href)
process.exitCode = await benchIsolation({
  files: Number(values.files),
  threads: Number(values.threads),
  rounds: Number(values.rounds),
})
