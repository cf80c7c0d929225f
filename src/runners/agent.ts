/** An agent, as its runner needs it. */
export interface RunnerAgent {
  name: string
  /** The runner's own fields of its entry in agents.yaml, as that runner's schema found them valid. */
  options: Readonly<Record<string, unknown>>
}

/** The built programs next to the main one, as absolute paths. */
export interface Helpers {
  recorder: string
  keeper: string
}
