import type { AnyStateNode } from 'xstate'
import { actorName } from './names.ts'

/** XState's own events, and what they are called in a picture. */
const own: { pattern: RegExp; words: (node: AnyStateNode, rest: string) => string }[] = [
  { pattern: /^xstate\.done\.actor\.(.+)$/, words: (node, id) => `${actorOf(node, id)} done` },
  { pattern: /^xstate\.error\.actor\.(.+)$/, words: (node, id) => `${actorOf(node, id)} failed` },
  { pattern: /^xstate\.snapshot\.(.+)$/, words: (node, id) => `${actorOf(node, id)} changed` },
  { pattern: /^xstate\.done\.state\.(.+)$/, words: (node, id) => `${stateOf(node, id)} done` },
  { pattern: /^xstate\.after\.(.+)$/, words: (node, rest) => `after ${delayOf(node, rest)}` },
  { pattern: /^\*$/, words: () => 'any other event' },
]

/** What an event is called: `xstate.done.actor.0.thread.running.starting` is `startSession done`. */
export function eventWords(node: AnyStateNode, type: string): string {
  for (const { pattern, words } of own) {
    const rest = pattern.exec(type)?.[1]
    if (rest !== undefined || pattern.test(type)) return words(node, rest ?? '')
  }
  return type
}

/** The actor of an id; its state may be this one or any other. */
function actorOf(node: AnyStateNode, id: string): string {
  for (const state of [node, ...statesIn(node.machine.root)]) {
    const actor = state.invoke.find((invoked: { id: string }) => invoked.id === id)
    if (actor !== undefined) return actorName(state, actor)
  }
  return id
}

function stateOf(node: AnyStateNode, id: string): string {
  return statesIn(node.machine.root).find((state) => state.id === id)?.key ?? id
}

function statesIn(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values<AnyStateNode>(node.states).flatMap(statesIn)]
}

/** `1000.thread.running` is a number of milliseconds, `patience.thread.running` a delay that setup names. */
function delayOf(node: AnyStateNode, rest: string): string {
  const delay = rest.endsWith(`.${node.id}`) ? rest.slice(0, -node.id.length - 1) : rest
  return /^\d+$/.test(delay) ? `${delay} ms` : delay
}
