import { nameModel } from '../../../agents/choose-agent.ts'
import type { PlannedThread, RunPlan } from '../../../engine/run-plan.ts'
import { counted } from '../../../text/plural.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { type Column, renderTable } from '../../../ui/table.ts'
import { fit } from '../../../ui/width.ts'
import { outputWidth, type OutputLine } from '../../output.ts'
import { advice, work, type HintSource } from '../../../text/hint.ts'
import { describeBlocked, describeHeld } from './held-threads.ts'

/** Columns that a command gets where no terminal says how wide it is. */
const longestCommand = 200

/** What a run would do, for `--dry-run`. */
export function describeRunPlan(streamId: string, plan: RunPlan, here: string[]): OutputLine[] {
  const held = [
    ...(plan.blocked === undefined ? [] : describeBlocked(here, plan.blocked)),
    ...describeHeld(plan.held),
  ]
  if (plan.batches.length === 0) return held.length > 0 ? held : [`${streamId}: nothing to run.`]
  return [
    `${streamId}: up to ${counted(plan.parallel, 'thread')} at a time`,
    ...plan.batches.flatMap((batch) => [
      '',
      advice`Batch ${batch.id} ${oneLine(batch.name)} (stage ${batch.stage}: ${oneLine(batch.stageName)})${gateWords(batch.gate)}`,
      ...renderTable({
        columns: plannedColumns,
        rows: batch.threads,
        width: outputWidth(),
      }),
    ]),
    ...(held.length === 0 ? [] : ['', ...held]),
  ]
}

const plannedColumns: readonly Column<PlannedThread>[] = [
  { head: 'Thread', cell: ({ id }) => id },
  { head: 'Name', cell: ({ name }) => oneLine(name), shrink: true },
  { head: 'Action', cell: ({ action, attempt }) => (attempt > 1 ? `${action} #${attempt}` : action) },
  { head: 'Agent', cell: ({ agent }) => agent.name },
  { head: 'Models', cell: ({ agent }) => agent.models.map(nameModel).join(', '), shrink: true },
  {
    head: 'Command',
    cell: ({ command = [] }) => fit(oneLine(command.join(' ')), longestCommand),
    shrink: true,
  },
]

function gateWords(gate: string | null): HintSource {
  return gate === null ? '' : advice` — needs: ${work('approve', 'stage', Number(gate))}`
}
