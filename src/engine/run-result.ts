import type { RunReport } from './run-world.ts'

/** What a run came to, as plain values that scripts and programs rely on. */
export function resultOf(stream: string, report: RunReport) {
  return {
    stream,
    batch: report.batch,
    status: statusOf(report),
    gate: report.gate,
    ...(report.held.length === 0 ? {} : { held: report.held.map(({ id, retryAt }) => ({ id, retryAt })) }),
    threads: report.threads.map(({ id, status, session }) => ({
      id,
      status,
      reason: session?.reason ?? null,
      sessionId: session?.sessionId ?? null,
      attempt: session?.attempt ?? null,
    })),
  }
}

function statusOf({ end }: RunReport): 'completed' | 'failed' | 'interrupted' | 'running' {
  switch (end) {
    case 'done':
    case 'gated':
      return 'completed'
    case 'halted':
    case 'held':
      return 'failed'
    case 'interrupted':
      return 'interrupted'
    case 'left':
      return 'running'
  }
}
