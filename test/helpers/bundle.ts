import { build } from 'esbuild'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Call once in a test file: builds these sources, given from the repository root, into a folder that goes when the file
 * is done. Gives the path that each will have as a program, by its name without ending.
 */
export function useBundles(...sources: string[]): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'work-bundle-'))

  beforeAll(async () => {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    await build({
      absWorkingDir: root,
      entryPoints: sources.map((source) => ({ in: source, out: basename(source, '.ts') })),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      // A native addon finds its binary beside its own files.
      external: ['fs-native-extensions'],
      // CommonJS packages in the bundle ask for what only CommonJS has.
      banner: {
        js: `import{createRequire as __r}from'node:module';const require=__r(import.meta.url),__filename=import.meta.filename;`,
      },
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  return (name) => join(folder, `${name}.mjs`)
}
