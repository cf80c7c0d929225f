import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { eventWords } from './event-labels.ts'
import { actionNames, actorName, guardName } from './names.ts'

/** A statechart as plain data: what `--format json` prints, and what every picture is drawn from. */
export interface Chart extends ChartScope {
  name: string
}

export interface ChartState extends ChartScope {
  /** The names from the outside in: `running.starting`. */
  id: string
  name: string
  type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  /** Why this state is entered, where the chart says so; words of `reasons`. */
  reasons: string[]
  /** The name of the chart that shows what is in it, where this one does not. */
  part?: string
}

/** What a state has, and the chart as a whole. */
export interface ChartScope {
  /** Where it begins; null for one without states, or whose states are all active at once. */
  initial: ChartInitial | null
  /** Names of actions. */
  entry: string[]
  exit: string[]
  /** Actors that run in it; the end of one is an event, `<actor> done` or `<actor> failed`. */
  actors: string[]
  /** Of those with the same event, the first whose guard holds is taken. */
  transitions: ChartTransition[]
  /** In the order they are written. */
  states: ChartState[]
}

export interface ChartInitial {
  target: string
  actions: string[]
}

export interface ChartTransition {
  /** In words; null for one that is taken as soon as its guard holds. */
  event: string | null
  guard: string | null
  /** Ids of states; empty for one that stays where it is. */
  targets: string[]
  /** Whether states that it does not leave are exited and entered anyway. */
  reenter: boolean
  actions: string[]
}

/**
 * Any machine as plain data. Guards, actions and actors appear by name: one without a name throws, for a chart that
 * nobody can read is a bug.
 */
export function describeChart(machine: AnyStateMachine): Chart {
  return { name: machine.id, ...describeScope(machine.root) }
}

function describeState(node: AnyStateNode): ChartState {
  return {
    id: idOf(node),
    name: node.key,
    type: node.type,
    reasons: reasonsOf(node),
    ...describeScope(node),
  }
}

function describeScope(node: AnyStateNode): ChartScope {
  return {
    initial: node.type === 'compound' ? describeInitial(node) : null,
    entry: actionNames(node, node.entry),
    exit: actionNames(node, node.exit),
    actors: node.invoke.map((actor) => actorName(node, actor)),
    transitions: transitionsOf(node).map((transition) => describeTransition(node, transition)),
    states: childrenOf(node).map(describeState),
  }
}

function describeInitial(node: AnyStateNode): ChartInitial {
  const [target = '', ...more] = targetsOf(node.initial)
  if (more.length > 0) throw new Error(`${node.id} begins in several states, which no picture shows.`)
  return { target, actions: actionNames(node, node.initial.actions) }
}

function describeTransition(node: AnyStateNode, transition: AnyTransitionDefinition): ChartTransition {
  return {
    event: transition.eventType === '' ? null : eventWords(node, transition.eventType),
    guard: guardName(node, transition.guard),
    targets: targetsOf(transition),
    reenter: transition.reenter,
    actions: actionNames(node, transition.actions),
  }
}

/** Events first, in the order they are written. */
function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  return [...[...node.transitions.values()].flat(), ...(node.always ?? [])]
}

function childrenOf(node: AnyStateNode): AnyStateNode[] {
  return Object.values<AnyStateNode>(node.states).toSorted((left, right) => left.order - right.order)
}

function targetsOf({ target }: Pick<AnyTransitionDefinition, 'target'>): string[] {
  return (target ?? []).map((node: AnyStateNode) => idOf(node))
}

/** Without the machine's own name: a state may have an id of its own, its path is always there. */
function idOf(node: AnyStateNode): string {
  return node.path.join('.')
}

function reasonsOf({ meta }: AnyStateNode): string[] {
  const told: unknown = meta?.reasons
  return Array.isArray(told) ? told.map(String) : []
}
