import { createActor, fromPromise, toPromise, type AnyStateMachine } from 'xstate'

/** The results of an actor each time it is started, in order; an `Error` is thrown. */
export type Script = Record<string, readonly unknown[]>

export interface Played {
  output: unknown
  /** Each actor that was started: its name and input. */
  calls: { actor: string; input: unknown }[]
}

/** Plays a chart to its end with scripted actors. An actor that is started more often than scripted is an error. */
export async function play(machine: AnyStateMachine, input: unknown, script: Script): Promise<Played> {
  const calls: Played['calls'] = []
  const left = new Map(Object.entries(script).map(([name, answers]) => [name, [...answers]]))
  const actors = Object.keys(machine.implementations.actors).map((name) => [
    name,
    fromPromise(({ input: given }) => {
      calls.push({ actor: name, input: given })
      const answers = left.get(name) ?? []
      if (answers.length === 0) throw new Error(`${name} was not expected to be asked again.`)
      const answer = answers.shift()
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    }),
  ])
  const actor = createActor(machine.provide({ actors: Object.fromEntries(actors) }), { input })
  actor.start()
  const output = await toPromise(actor)
  for (const [name, answers] of left) {
    if (answers.length > 0) throw new Error(`${name} was expected to be asked ${answers.length} times more.`)
  }
  return { output, calls }
}

/** The names of the actors, in the order they were started. */
export function order({ calls }: Played): string {
  return calls.map(({ actor }) => actor).join(' ')
}

/** The last input of an actor. */
export function givenTo({ calls }: Played, actor: string): unknown {
  return calls.findLast((call) => call.actor === actor)?.input
}
