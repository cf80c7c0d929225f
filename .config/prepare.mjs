// Builds after `npm ci`, and before `npm install --global .`, which installs no dependencies of a folder that it links.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('..', import.meta.url))
const isInstalled = existsSync(new URL('../node_modules/esbuild/package.json', import.meta.url))
// What npm sets for its scripts in the environment is about the global folder.
const ofThisFolder = ([name]) =>
  !/^npm_config_(global|location|prefix|global_prefix|local_prefix)$/i.test(name)
const env = Object.fromEntries(Object.entries(process.env).filter(ofThisFolder))

if (!isInstalled) npm('ci', '--ignore-scripts', '--no-audit', '--no-fund')
npm('run', '--silent', 'build')
npm('run', '--silent', 'build:types')

function npm(...args) {
  const cli = process.env.npm_execpath
  const [program, first] = cli === undefined ? ['npm', []] : [process.execPath, [cli]]
  execFileSync(program, [...first, ...args], { cwd, env, stdio: 'inherit' })
}
