import { nameModel } from '../../../agents/choose-agent.ts'
import type { PlannedThread, RunPlan } from '../../../engine/run-plan.ts'
import { counted } from '../../../text/plural.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { renderTable } from '../../../ui/table.ts'
import { fit } from '../../../ui/width.ts'
import { outputWidth } from '../../output.ts'
import { describeBlocked, describeHeld } from './held-threads.ts'

/** Columns that a command gets where no terminal says how wide it is. */
const longestCommand = 200

/** What a run would do, for `--dry-run`. */
export function describeRunPlan(streamId: string, plan: RunPlan, here: string): string[] {
  const held = [
    ...(plan.blocked === undefined ? [] : describeBlocked(here, plan.blocked)),
    ...describeHeld(plan.held),
  ]
  if (plan.batches.length === 0) return held.length > 0 ? held : [`${streamId}: nothing to run.`]
  return [
    `${streamId}: up to ${counted(plan.parallel, 'thread')} at a time`,
    ...plan.batches.flatMap((batch) => [
      '',
      `Batch ${batch.id} ${oneLine(batch.name)} (stage ${batch.stage}: ${oneLine(batch.stageName)})${gateWords(batch.gate)}`,
      ...renderTable({
        head: ['Thread', 'Name', 'Action', 'Agent', 'Models', 'Command'],
        rows: batch.threads.map(describePlanned),
        shrink: [1, 4, 5],
        ...(outputWidth() === undefined ? {} : { width: outputWidth() ?? 80 }),
      }),
    ]),
    ...(held.length === 0 ? [] : ['', ...held]),
  ]
}

function describePlanned(thread: PlannedThread): string[] {
  const { id, name, action, attempt, agent, command } = thread
  return [
    id,
    oneLine(name),
    attempt > 1 ? `${action} #${attempt}` : action,
    agent.name,
    agent.models.map(nameModel).join(', '),
    fit(oneLine((command ?? []).join(' ')), longestCommand),
  ]
}

function gateWords(gate: string | null): string {
  return gate === null ? '' : ` — needs: work approve stage ${Number(gate)}`
}
