/** A coding agent that can be installed. Its name is that of its executable and of its runner. */
export interface KnownProgram {
  name: string
  title: string
  /** A model is chosen for a new agent. */
  hasModels?: true
  /** What a new agent may do without asking, for a runner that starts with `permissions: edit`. */
  edits?: string
}

/** The coding agents that have a runner, in the order in which they are offered. */
export const knownPrograms: readonly KnownProgram[] = [
  { name: 'opencode', title: 'opencode', hasModels: true },
  { name: 'claude', title: 'Claude Code', edits: 'edits files and runs any command without asking' },
  { name: 'codex', title: 'Codex', edits: 'writes in the repository only: no network, no commits' },
  { name: 'gemini', title: 'Gemini CLI', edits: 'edits files and runs any command without asking' },
]

/** Any other program, in choices and flags; also the name of its runner. */
export const otherProgram = 'command'

/** The programs that `work init` can set up as the agent `default`. */
export const programNames: readonly string[] = [...knownPrograms.map(({ name }) => name), otherProgram]

/** Those for which `work init` asks for a model. */
export const programsWithModels: readonly string[] = knownPrograms
  .filter(({ hasModels }) => hasModels === true)
  .map(({ name }) => name)
