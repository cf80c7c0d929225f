import { build } from 'esbuild'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import { until } from '../helpers/until.ts'

/** A worker process and its output. */
export interface Worker {
  pid: number
  lines: string[]
  /** Resolves when it has exited. */
  ended: Promise<void>
  kill(): Promise<void>
  /** Waits until it has printed a line. */
  says(line: string | RegExp): Promise<void>
}

/** Call once in a test file: builds worker.ts, and kills the remaining workers at the end. */
export function useWorkers(): {
  start(...args: string[]): Worker
  startLimited(kilobytes: number, ...args: string[]): Worker
} {
  const folder = mkdtempSync(join(tmpdir(), 'work-worker-'))
  const script = join(folder, 'worker.mjs')
  const running = new Set<Worker>()

  beforeAll(async () => {
    const here = fileURLToPath(new URL('.', import.meta.url))
    symlinkSync(join(here, '../../node_modules'), join(folder, 'node_modules'))
    await build({
      entryPoints: [join(here, 'worker.ts')],
      outfile: script,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'error',
    })
  })
  afterAll(async () => {
    await Promise.all([...running].map((worker) => worker.kill()))
    rmSync(folder, { recursive: true, force: true })
  })

  return {
    start: (...args) => launch(process.execPath, [script, ...args]),
    // The shell counts in blocks of 512 bytes (dash) or 1024 (bash --posix too counts 512).
    startLimited: (kilobytes, ...args) =>
      launch('sh', ['-c', `ulimit -f ${kilobytes * 2}; exec "$0" "$@"`, process.execPath, script, ...args]),
  }

  function launch(file: string, args: string[]): Worker {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines: string[] = []
    let unfinished = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const parts = (unfinished + text).split('\n')
      unfinished = parts.pop() ?? ''
      lines.push(...parts)
    })
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const worker: Worker = {
      pid: child.pid ?? 0,
      lines,
      ended,
      kill: async () => {
        child.kill('SIGKILL')
        await ended
      },
      says: async (line) => {
        const matches = (said: string) => (typeof line === 'string' ? said === line : line.test(said))
        await until(() => lines.some(matches), String(line))
      },
    }
    running.add(worker)
    void ended.then(() => running.delete(worker))
    return worker
  }
}
