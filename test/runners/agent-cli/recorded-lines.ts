import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AgentCli } from '../../../src/runners/agent-cli/cli.ts'
import { evidenceOf } from '../../../src/runners/agent-cli/evidence.ts'
import type { Fact } from '../../../src/runners/agent-cli/facts.ts'
import { CliOutput } from '../../../src/runners/agent-cli/output.ts'
import type { Evidence } from '../../../src/runners/evidence.ts'

/** A run of an agent CLI that was recorded earlier. */
export interface RecordedRun {
  /** Its events. */
  events: readonly object[]
  stderr?: string
  /** How its process ended. Default: with exit code 0. */
  exit?: { code: number | null; signal?: string }
}

/** A folder that is removed when the test ends. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'work-lines-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

/** What lines say. */
export function factsIn(cli: AgentCli, ...events: readonly object[]): Fact[] {
  const read = cli.createReader()
  return events.flatMap((event) => read(event))
}

/** The evidence that a recorded run gives. */
export function evidenceFrom(
  cli: AgentCli,
  { events, stderr = '', exit = { code: 0 } }: RecordedRun,
): Evidence {
  const folder = makeFolder()
  const log = join(folder, 'log')
  writeFileSync(log, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  const output = new CliOutput(cli, log)
  output.update()
  const { code, signal = null } = exit
  return evidenceOf(cli, {
    exit: { type: 'exited', code, signal, at: '2026-11-27T08:00:00.000Z', detail: '', hasOutput: true },
    reading: output.reading,
    stderr,
    sessionId: 'session-1',
    home: { env: { HOME: folder }, cwd: folder },
    usedBefore: undefined,
  })
}
