import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { findByEnvironment, identify } from '../../src/process/identity.ts'
import { until } from './until.ts'

/** The path of a program in `test/fixtures/agents`. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/agents/${name}.mjs`, import.meta.url))
}

/** Waits until a file is there with a text in it that `pattern` matches; gives the whole text. */
export async function untilFile(path: string, pattern: RegExp = /[^]/): Promise<string> {
  await until(() => pattern.test(textOf(path)), `${pattern} in ${path}`)
  return textOf(path)
}

/** The text of a file; empty when there is none. */
export function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** Starts a program that says on its first line that it is ready; it is ended with the test, if it is still running. */
export async function startReady(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} could not be started.`)
  onTestFinished(() => end(pid))
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  await until(() => said.includes('\n'), `the first line of ${file}`)
  return { child, pid, line: said.slice(0, said.indexOf('\n')) }
}

/** Whether this process is running; a zombie is not. */
export function lives(pid: number): boolean {
  return identify(pid) !== undefined
}

/** Ends a process that a test has started, if it is still there. */
export function end(pid: number): void {
  if (lives(pid)) process.kill(pid, 'SIGKILL')
}

/** Ends every process that has this in its environment: what a test has started, and what that has started. */
export async function endAll(name: string, value: string): Promise<void> {
  await until(() => {
    const left = findByEnvironment(name, value)
    for (const pid of left) end(pid)
    return left.length === 0
  }, `no process with ${name}=${value}`)
}
