import type { AnyStateMachine } from 'xstate'
import { machines } from '../../machines/index.ts'
import { describeChart, type Chart } from './chart.ts'

/** Every chart by its name, in the order that `machines` has. */
export const charts: Readonly<Record<string, () => Chart>> = Object.fromEntries(
  Object.entries<AnyStateMachine>(machines).map(([name, machine]) => [name, () => describeChart(machine)]),
)
