import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SessionRecord } from '../../machines/session.ts'
import { sessionFiles, type SessionFiles } from '../../src/runners/recorded/recorder-files.ts'
import type { RunnerSession } from '../../src/runners/runner.ts'
import { endAll, fixture } from '../helpers/processes.ts'

/** A signal that never comes. */
export const never: AbortSignal = new AbortController().signal

/** A folder that is removed when the test ends. */
export function makeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'work-agents-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return root
}

export type TestSession = RunnerSession & { files: SessionFiles; token: string; command: string[] }

/** A session of a fixture with arguments, in its own repository; everything that it starts ends with the test. */
export function fixtureSession(name: string, ...args: string[]): TestSession {
  return session({ command: [process.execPath, fixture(name), ...args] })
}

export interface SessionOptions {
  command: string[]
  prompt?: string
  env?: Record<string, string>
  record?: Partial<SessionRecord>
}

/** A session of any command line. */
export function session({ command, prompt = 'Do it.', env, record }: SessionOptions): TestSession {
  const root = makeRoot()
  const token = randomUUID()
  const log = join('work', 'logs', '01.01.01', '1')
  onTestFinished(() => endAll('WORK_TOKEN', token))
  return {
    root,
    token,
    files: sessionFiles(join(root, log)),
    agent: { name: 'tester', options: { command } },
    command,
    title: 'demo 01.01.01 #1',
    prompt: () => prompt,
    env: () => ({ PATH: process.env['PATH'] ?? '', ...env, WORK_TOKEN: token }),
    record: {
      sessionId: `cmd_${token}`,
      agentName: 'tester',
      model: '',
      startedAt: new Date().toISOString(),
      status: 'running',
      mode: 'fresh',
      token,
      cwd: '.',
      log,
      ...record,
    },
  }
}
