import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

/** The projects that have a folder, and what their tests need before they start. */
const folders = {
  cli: ['ensure-build', 'ensure-programs', 'kept-workspaces'],
  opencode: ['ensure-build', 'kept-workspaces'],
  'agent-clis': ['ensure-build', 'ensure-agents', 'kept-workspaces'],
  docs: ['ensure-build', 'ensure-programs', 'kept-workspaces'],
}
const inFolders = Object.keys(folders).map((name) => `test/${name}/**`)
const inProcesses = 'test/**/*.process.test.ts'
/** Tests that compute for seconds: they walk all ways through a chart, or read very long texts. */
const exhaustive = 'test/**/*.exhaustive.test.ts'

/**
 * The tests in projects, of which `npx vitest run --project unit` runs one. A file belongs to the project that its folder
 * is named after; elsewhere to `process` or `exhaustive` if its name ends so, and to `unit` by default. Unit and exhaustive
 * tests start no process and need no build: `test/projects.test.ts` checks both.
 */
export default defineConfig({
  // The `development` condition keeps the warnings of xstate, which its default build drops.
  resolve: { conditions: ['development', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['development', 'node', 'import', 'default'] } },
  // As the build defines it.
  define: { WORK_VERSION: '"0.0.0"' },
  test: {
    // The tests wait for other processes more than they compute.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default'],
    coverage: { include: ['src/**/*.ts', 'machines/**/*.ts'], reporter: ['text-summary', 'html'] },
    projects: [
      withoutProcesses('unit', ['test/**/*.test.ts'], [inProcesses, exhaustive, ...inFolders]),
      withoutProcesses('exhaustive', [exhaustive]),
      project('process', [inProcesses], ['ensure-build']),
      ...Object.entries(folders).map(([name, setup]) => project(name, [`test/${name}/**/*.test.ts`], setup)),
    ],
  },
})

function withoutProcesses(
  name: string,
  include: string[],
  exclude: string[] = [],
): TestProjectInlineConfiguration {
  // They share nothing but modules, whose loading costs more than the tests.
  const own = { setupFiles: ['.config/no-processes.ts'], isolate: false }
  return { extends: true, test: { name, include, exclude, ...own } }
}

function project(name: string, include: string[], setup: string[]): TestProjectInlineConfiguration {
  return { extends: true, test: { name, include, globalSetup: setup.map((each) => `.config/${each}.ts`) } }
}
