import {
  createActor,
  fromPromise,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  type AnyTransitionDefinition,
} from 'xstate'
import { getShortestPaths } from 'xstate/graph'

export interface Route {
  /** The shortest route from the initial state to `snapshot`. */
  events: AnyEventObject[]
  snapshot: AnyMachineSnapshot
}

export interface WalkOptions {
  input?: unknown
  /** Everything that may happen in a state, including the ends of its invoked actors. */
  events: readonly AnyEventObject[] | ((snapshot: AnyMachineSnapshot) => readonly AnyEventObject[])
  /** Two snapshots with the same text have the same continuations: the value, and what guards read. */
  serialize: (snapshot: AnyMachineSnapshot) => string
}

/** More states than a chart of this size has: a walk that reaches this has forgotten to leave something out. */
const limit = 20_000

/** The shortest route to each state that the events lead to. */
export function routes(machine: AnyStateMachine, { input, events, serialize }: WalkOptions): Route[] {
  const traversal = { events, serializeState: serialize, filterEvents: isPossible, limit }
  return getShortestPaths(machine, { ...traversal, input }).map((path) => ({
    events: path.steps.map((step) => step.event).filter((event) => event.type !== 'xstate.init'),
    snapshot: path.state,
  }))
}

/** A running actor at the end of a route; `inspect` sees each transition on the way. */
export function follow(
  machine: AnyStateMachine,
  events: readonly AnyEventObject[],
  options: { input?: unknown; inspect?: (taken: AnyTransitionDefinition) => void } = {},
) {
  const actor = observed(machine, options.inspect, options.input)
  // An error that no state handles stops the actor. That counts as an end here; unobserved, it would be thrown.
  actor.subscribe({ error: () => undefined })
  actor.start()
  for (const event of events) actor.send(event)
  return actor
}

/** An actor that has not started; `inspect` sees each transition that it takes. */
function observed(
  machine: AnyStateMachine,
  inspect: (taken: AnyTransitionDefinition) => void = () => undefined,
  input?: unknown,
) {
  return createActor(machine, {
    input,
    inspect: (inspection) => {
      if (inspection.type !== '@xstate.microstep') return
      const { _transitions: taken } = inspection
      for (const transition of taken) inspect(transition)
    },
  })
}

/** The names of all transitions and states of a chart that no route takes; empty for a chart without dead parts. */
export function unreached(chart: AnyStateMachine, options: WalkOptions): string[] {
  const machine = asleep(chart)
  const left = new Set<AnyTransitionDefinition>()
  const unseen = new Set<AnyStateNode>()
  for (const node of nodesOf(machine.root)) {
    unseen.add(node)
    for (const transition of transitionsOf(node)) left.add(transition)
  }
  const inspect = (transition: AnyTransitionDefinition) => {
    left.delete(transition)
    unseen.delete(transition.source)
    for (const target of transition.target ?? []) enter(target, left)
  }
  enter(machine.root, left)
  const { input, events } = options
  follow(machine, [], { input, inspect }).stop()
  const step = stepper(machine, input, inspect)
  for (const { snapshot } of routes(machine, options)) {
    const { _nodes: entered } = snapshot
    for (const node of entered) unseen.delete(node)
    if (snapshot.status !== 'active') continue
    for (const event of typeof events === 'function' ? events(snapshot) : events) {
      step(snapshot, event)
    }
  }
  return [...[...left].map(nameOf), ...[...unseen].map((node) => `state ${node.id}`)]
}

const nothing = () => undefined

/** Takes single steps from any snapshot, without a way to it and without effects; `inspect` sees each transition. */
function stepper(
  machine: AnyStateMachine,
  input: unknown,
  inspect: (taken: AnyTransitionDefinition) => void,
): (snapshot: AnyMachineSnapshot, event: AnyEventObject) => void {
  const self = observed(machine, inspect, input)
  const scope = {
    self,
    system: self.system,
    id: '',
    sessionId: '',
    logger: nothing,
    defer: nothing,
    emit: nothing,
  }
  return (snapshot, event) => {
    machine.transition(snapshot, event, { ...scope, stopChild: nothing, actionExecutor: nothing })
  }
}

function isPossible(snapshot: AnyMachineSnapshot, event: AnyEventObject): boolean {
  return snapshot.can(event)
}

/** The same chart with actors that never end and report when they are started. */
export function asleep(
  machine: AnyStateMachine,
  onStart: (actor: string) => void = () => undefined,
): AnyStateMachine {
  const sleepers = Object.keys(machine.implementations.actors).map((name) => [
    name,
    fromPromise(() => {
      onStart(name)
      return new Promise<never>(() => undefined)
    }),
  ])
  return machine.provide({ actors: Object.fromEntries(sleepers) })
}

/** The actor that a state invokes has ended with this output. */
export function done(machine: AnyStateMachine, state: string, output: unknown): AnyEventObject {
  const id = invokedBy(machine, state)
  return { type: `xstate.done.actor.${id}`, output, actorId: id }
}

/** The actor that a state invokes has thrown. */
export function thrown(machine: AnyStateMachine, state: string, error: unknown): AnyEventObject {
  const id = invokedBy(machine, state)
  return { type: `xstate.error.actor.${id}`, error, actorId: id }
}

function invokedBy(machine: AnyStateMachine, state: string): string {
  const [invoked] = machine.getStateNodeById(`${machine.id}.${state}`).invoke
  if (invoked === undefined) throw new Error(`${state} invokes no actor.`)
  return invoked.id
}

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child))]
}

function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  const initial = node.type === 'compound' ? [node.initial] : []
  return [...[...node.transitions.values()].flat(), ...(node.always ?? []), ...initial]
}

/** Entering a state by name takes the initial transitions below it, which the inspector does not report. */
function enter(node: AnyStateNode, left: Set<AnyTransitionDefinition>): void {
  if (node.type === 'parallel') for (const child of Object.values(node.states)) enter(child, left)
  if (node.type !== 'compound') return
  left.delete(node.initial)
  for (const target of node.initial.target ?? []) enter(target, left)
}

function nameOf({ source, eventType, guard, target }: AnyTransitionDefinition): string {
  const targets = target?.map((node: AnyStateNode) => node.id).join(', ') ?? '(stays)'
  return `${source.id} —${eventType || 'always'}${guardName(guard)}→ ${targets}`
}

function guardName(guard: unknown): string {
  if (guard === undefined) return ''
  if (typeof guard === 'string') return ` [${guard}]`
  const named = typeof guard === 'object' && guard !== null && 'type' in guard
  return named ? ` [${String(guard.type)}]` : ' [inline guard]'
}
