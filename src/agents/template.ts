/** An agent that `work init` writes. */
export interface AgentSketch {
  name: string
  description: string
  best_for: string
  /** A comment above its command. */
  note?: string | undefined
  /** For an agent that runs on opencode. */
  model?: string | undefined
  /** For an agent that runs on `command`. */
  command?: readonly string[] | undefined
  done_when?: 'tasks' | 'exit' | undefined
}

/** The model in a new agents.yaml if none is chosen. */
export const templateModel = 'anthropic/claude-sonnet-4-5'

/** The placeholder command in a new agents.yaml for the user's own program. */
export const placeholder = 'my-agent'

/** The text of a new agents.yaml. */
export function agentsText(agents: readonly AgentSketch[]): string {
  return `# yaml-language-server: $schema=./.schema/agents.schema.json

# The agents. The one named "default" works on every thread that has no other agent assigned.
# All fields are described in docs/agents.md of work.

# How many threads may run at once.
parallel: 4

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

function agentText({ name, description, best_for, ...sketch }: AgentSketch): string {
  const head = `  - name: ${name}
    description: ${description}
    best_for: ${best_for}
`
  return sketch.command === undefined
    ? `  # Runs on opencode. Models are tried in order: the next one when a provider fails.
  # \`opencode models\` lists what you can use.
${head}    models:
      - ${scalar(sketch.model ?? templateModel)}
      # - { model: google/gemini-3-pro-preview, variant: high }
    # timeout: 2h            # stop a session that takes longer; default: no limit
`
    : `${sketch.note === undefined ? '' : `  # ${sketch.note}\n`}${head}    runner: command
    command: [${sketch.command.map(scalar).join(', ')}]
    done_when: ${sketch.done_when ?? 'exit'}
    # timeout: 2h            # stop a session that takes longer; default: no limit
`
}

/** Quotes a value unless it is plain text, also inside a list in brackets. */
function scalar(text: string): string {
  return /^(--?)?[a-z/][\w./=-]*$/i.test(text) ? text : JSON.stringify(text)
}
