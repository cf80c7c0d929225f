/** A coding agent that can be installed, and how to run it without a terminal, with its prompt on standard input. */
export interface KnownProgram {
  /** Name of its executable. */
  name: string
  title: string
  /** The name of its runner. */
  runner: string
  /** Its models can be listed, and one is chosen for a new agent. */
  hasModels?: true
  /** Its command line, for a runner that needs one. */
  command?: string[]
  /** `tasks` for agents that can run `work update`: their exit code 0 does not prove success. */
  done_when?: 'tasks' | 'exit'
  /** A note about the options, for agents.yaml. */
  note?: string
}

/** Programs whose command lines were tried without a terminal, in the order in which they are offered. */
export const knownPrograms: readonly KnownProgram[] = [
  { name: 'opencode', title: 'opencode', runner: 'opencode', hasModels: true },
  {
    name: 'claude',
    title: 'Claude Code',
    runner: 'command',
    command: ['claude', '-p', '--permission-mode', 'acceptEdits', '--allowedTools', 'Bash'],
    done_when: 'tasks',
    note: 'Edits files and runs any shell command without asking.',
  },
  {
    name: 'codex',
    title: 'Codex',
    runner: 'command',
    // A login shell would reset PATH, on which it finds `work`.
    command: ['codex', 'exec', '-s', 'workspace-write', '-c', 'allow_login_shell=false', '-'],
    done_when: 'tasks',
    note: 'Writes files of the repository only: no network and no commits.',
  },
  {
    name: 'gemini',
    title: 'Gemini CLI',
    runner: 'command',
    // Without these options it offers no shell to its model, and refuses a folder that was not trusted interactively.
    command: ['gemini', '--approval-mode', 'yolo', '--skip-trust'],
    done_when: 'tasks',
    note: 'Runs every tool without asking.',
  },
]

/** Any other program, in choices and flags. */
export const otherProgram = 'command'

/** The programs that `work init` can set up as the agent `default`. */
export const programNames: readonly string[] = [...knownPrograms.map(({ name }) => name), otherProgram]

/** Those whose models can be listed. */
export const programsWithModels: readonly string[] = knownPrograms
  .filter(({ hasModels }) => hasModels === true)
  .map(({ name }) => name)
