import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** The tests run against the built `dist/`, as users do; `npm test` builds it first. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // The `development` condition keeps the warnings of xstate, which its default build drops.
  resolve: { conditions: ['development', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['development', 'node', 'import', 'default'] } },
  // As the build defines it.
  define: { WORK_VERSION: '"0.0.0"' },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['.config/ensure-programs.ts', '.config/kept-workspaces.ts'],
    // The tests wait for other processes more than they compute.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
})
