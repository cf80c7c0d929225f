import { claude } from '../agent-cli/claude.ts'
import type { AgentCli } from '../agent-cli/cli.ts'
import { codex } from '../agent-cli/codex.ts'
import { gemini } from '../agent-cli/gemini.ts'
import { eventReading } from '../agent-cli/reading.ts'

const clis: Readonly<Record<string, AgentCli>> = { claude, codex, gemini }

/** The agent CLIs whose events a program may write. */
export const eventFormats = Object.keys(clis)

/** What reads the output of a session whose program writes events; undefined for lines of text. */
export function readingOf({ events }: { events?: string | undefined }) {
  const cli = events !== undefined && Object.hasOwn(clis, events) ? clis[events] : undefined
  return cli === undefined ? undefined : eventReading(cli)
}
