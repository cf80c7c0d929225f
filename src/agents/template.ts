import type { IsolationMode } from '../clones/settings.ts'

/** An agent that `work init` writes. */
export interface AgentSketch {
  name: string
  description: string
  best_for: string
  /** The name of its runner. */
  runner: string
  /** For a runner whose models are chosen. */
  model?: string | undefined
  /** What it may do without asking, for a runner that starts with `permissions: edit`. */
  edits?: string | undefined
  /** For a program of the user's own. */
  command?: readonly string[] | undefined
}

/** The model in a new agents.yaml if none is chosen. */
export const templateModel = 'anthropic/claude-sonnet-4-5'

/** The placeholder command in a new agents.yaml for the user's own program. */
export const placeholder = 'my-agent'

/** How threads are isolated by a new agents.yaml. */
export interface IsolationSketch {
  isolation: IsolationMode
  /** The command that installs dependencies, if the repository has a lock file of a package manager. */
  install?: readonly string[] | undefined
}

/** The text of a new agents.yaml. */
export function agentsText(
  agents: readonly AgentSketch[],
  isolation: IsolationSketch = { isolation: 'none' },
): string {
  return `# yaml-language-server: $schema=./.schema/agents.schema.json

# The agents. The one named "default" works on every thread that has no other agent assigned.
# All fields are described in docs/agents.md of work.

# How many threads may run at once.
parallel: 4

# The agent that drafts plans for \`work plan\`. Default: the one named "default".
# planner: default

${isolationText(isolation)}
agents:
${agents.map(agentText).join('\n')}
  # Any program can be an agent: it gets the prompt on stdin, and exit code 0 means that the thread is done.
  # - name: my-agent
  #   runner: command
  #   command: [my-agent, --non-interactive]
  #   resume_command: [my-agent, --continue]
  #   done_when: exit        # or "tasks": when it has completed its tasks with \`work update\`
  #   timeout: 20m
`
}

/** The settings about clones: those that need a decision are there as comments. */
function isolationText({ isolation, install }: IsolationSketch): string {
  return `# clone: each thread works in a local clone of its own, in work/.trees, and its work is merged into the branch
# workstream/<name>. none: all threads share this working tree.
isolation: ${isolation}

${setupText(isolation, install)}
# Ignored files that each clone gets a copy of, as patterns of .gitignore.
# copy: [.env]

# Commands that must succeed on the merged work of a thread before it is merged.
# verify:
#   - [npm, test]
`
}

function setupText(isolation: IsolationMode, install: readonly string[] | undefined): string {
  const about = `# Commands that prepare a fresh clone, in order, each as a list of words: there is no shell.`
  const line = `setup:\n  - [${(install ?? ['npm', 'ci']).map(scalar).join(', ')}]\n`
  if (install === undefined || isolation === 'none') return `${about}\n${line.replaceAll(/^(?=.)/gm, '# ')}`
  return `${about}
# Without this one, programs in a clone would find the dependencies of the main working tree, and with workspaces also
# its packages: tests would pass on code that the thread has not changed.
${line}`
}

const timeLimit = '    # timeout: 2h            # stop a session that takes longer; default: no limit\n'

function agentText({ name, description, best_for, runner, model, edits, command }: AgentSketch): string {
  const head = `  - name: ${name}
    description: ${description}
    best_for: ${best_for}
`
  if (command !== undefined) {
    return `${head}    runner: ${runner}
    command: [${command.map(scalar).join(', ')}]
    done_when: exit
${timeLimit}`
  }
  if (edits !== undefined) {
    return `${head}    runner: ${runner}
    permissions: edit        # ${edits}; or: read, full
    timeout: 2h              # it may not stop by itself when its provider does not answer
    # models: [...]          # as it names them, tried in order; default: its own
`
  }
  return `  # Runs on opencode. Models are tried in order: the next one when a provider fails.
  # \`opencode models\` lists what you can use.
${head}    models:
      - ${scalar(model ?? templateModel)}
      # - { model: google/gemini-3-pro-preview, variant: high }
${timeLimit}`
}

/** Quotes a value unless it is plain text, also inside a list in brackets. */
function scalar(text: string): string {
  return /^(--?)?[a-z/][\w./=-]*$/i.test(text) ? text : JSON.stringify(text)
}
