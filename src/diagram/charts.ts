import type { AnyStateMachine } from 'xstate'
import { machines } from '../../machines/index.ts'
import { deliveringState } from '../../machines/thread-states.ts'
import { describeChart, type Chart } from './chart.ts'
import { partOf, withoutPart, type ChartPart } from './part.ts'
import { stateId } from './path.ts'

/** A delivery is a chart of its own in pictures: together with the thread around it nobody could read it. */
const delivery: ChartPart = { state: stateId(deliveringState), name: 'delivery' }

/** Every chart by its name, in the order that `machines` has; what is a part of one follows it. */
export const charts: Readonly<Record<string, () => Chart>> = Object.fromEntries(
  Object.entries<AnyStateMachine>(machines).flatMap(([name, machine]): [string, () => Chart][] => {
    const whole = () => describeChart(machine)
    if (machine !== machines.thread) return [[name, whole]]
    return [
      [name, () => withoutPart(whole(), delivery)],
      [delivery.name, () => partOf(whole(), delivery)],
    ]
  }),
)
