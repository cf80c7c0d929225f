import type { AnyStateNode } from 'xstate'

/** The names of the actions of a state or a transition. Those that XState adds for `after` are its own business. */
export function actionNames(node: AnyStateNode, actions: readonly unknown[]): string[] {
  return actions
    .filter((action) => !isOfTimer(node, action))
    .map((action) => nameOf(node, 'an action', action))
}

export function guardName(node: AnyStateNode, guard: unknown): string | null {
  return guard === undefined ? null : nameOf(node, 'a guard', guard)
}

/** The name that an invoked actor has in `setup`. */
export function actorName(node: AnyStateNode, { src }: { src: unknown }): string {
  const isNamed = typeof src === 'string' && !src.startsWith('xstate.')
  return nameOf(node, 'an actor', isNamed ? src : undefined)
}

/** A string, or an object with parameters; an inline function has no name. */
function nameOf(node: AnyStateNode, what: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'object' && value !== null && 'type' in value) return String(value.type)
  throw new Error(`${node.id} has ${what} without a name. Name it in setup().`)
}

function isOfTimer(node: AnyStateNode, action: unknown): boolean {
  if (typeof action !== 'function') return false
  const timer = 'sendId' in action ? action.sendId : 'id' in action ? action.id : undefined
  return node.after.some(({ eventType }) => eventType === timer)
}
