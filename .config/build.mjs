import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles `src/` into `dist/`: one small entry, and a chunk per command that is read only when it is called. */
const root = fileURLToPath(new URL('..', import.meta.url))
const outdir = join(root, 'dist')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const options = {
  absWorkingDir: root,
  outdir,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  minify: true,
  // Beside the bundle, and read only when a bug is reported: a program that names its map makes node look for it.
  sourcemap: 'external',
  sourcesContent: false,
  metafile: true,
  write: false,
  define: { WORK_VERSION: JSON.stringify(version) },
  // A native addon finds its binary beside its own files, so it stays a package.
  external: ['fs-native-extensions'],
  // CommonJS packages in the bundle ask for node's own modules by `require`.
  banner: {
    js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url),__filename=import.meta.filename;",
  },
  plugins: [
    {
      // Commander loads it for subcommands that are programs of their own, of which there are none.
      name: 'commander-without-child-process',
      setup(bundler) {
        bundler.onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
          /[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'empty' } : undefined,
        )
        bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
      },
    },
  ],
  logLevel: 'warning',
}

const main = await build({
  ...options,
  entryPoints: { main: 'src/main.ts', index: 'src/index.ts', machines: 'machines/index.ts' },
  splitting: true,
})
/** Programs that outlive `work`, each in one file: a run that continues while `work` is replaced starts a copy of it. */
const outliving = await build({
  ...options,
  entryPoints: {
    recorder: 'src/runners/recorded/recorder.ts',
    keeper: 'src/runners/opencode/server/keeper.ts',
  },
})

mkdirSync(outdir, { recursive: true })
const written = new Set()
/** A chunk of packages alone has no place in the source to name. */
const isOwn = ({ inputs }) => Object.keys(inputs).some((path) => !path.startsWith('node_modules/'))
const own = [main, outliving].flatMap(({ metafile }) =>
  Object.entries(metafile.outputs).flatMap(([path, output]) => (isOwn(output) ? [join(root, path)] : [])),
)
for (const file of [...main.outputFiles, ...outliving.outputFiles]) {
  if (file.path.endsWith('.map') && !own.includes(file.path.slice(0, -'.map'.length))) continue
  mkdirSync(dirname(file.path), { recursive: true })
  writeFileSync(file.path, file.contents)
  written.add(file.path)
}
// `types` is written by types.mjs.
for (const name of readdirSync(outdir).filter((each) => each !== 'types')) {
  if (!written.has(join(outdir, name))) rmSync(join(outdir, name), { recursive: true })
}
chmodSync(join(outdir, 'main.js'), 0o755)
