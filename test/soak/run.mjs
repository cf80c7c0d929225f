// npm run soak -- --kills 200 --runner command --seed 1: builds the soak, and runs it.
import { build } from 'esbuild'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'work-soak-'))
const programs = join(root, 'node_modules/.bin')
process.env.PATH = [programs, process.env.PATH].join(delimiter)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
const outfile = join(folder, 'soak.mjs')
await build({
  absWorkingDir: root,
  entryPoints: ['test/soak/main.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
})
const { main } = await import(pathToFileURL(outfile).href)
process.exitCode = await main(process.argv.slice(2), { root, folder })
