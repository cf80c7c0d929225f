import type { Agent } from '../../src/agents/agents-file.ts'

/** Fields of an agent that runs on `command`. */
export type AgentFields = Partial<Agent> & { command?: string[]; resume_command?: string[] }

/** An agent as agents.yaml is read: the `command` agent `default`. */
export function agent({ command = ['do-it'], resume_command, ...fields }: AgentFields = {}): Agent {
  return {
    name: 'default',
    description: '',
    best_for: '',
    models: [],
    runner: 'command',
    done_when: 'exit',
    options: { command, ...(resume_command === undefined ? {} : { resume_command }) },
    ...fields,
  }
}

/** An agents.yaml with one agent that runs this command, by the name `default`. */
export function agentsYaml(command: readonly string[], fields: Record<string, unknown> = {}): string {
  return JSON.stringify({ agents: [{ name: 'default', runner: 'command', command, ...fields }] })
}
