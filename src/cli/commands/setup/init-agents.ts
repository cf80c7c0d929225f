import type { Answer } from '../../../../machines/answer.ts'
import {
  defaultChoice,
  findInstalled,
  listModels,
  sketchAgents,
  type AgentChoice,
} from '../../../agents/setup.ts'
import {
  knownPrograms,
  otherProgram,
  programNames,
  programsWithModels,
} from '../../../agents/known-programs.ts'
import { findInstall } from '../../../agents/find-install.ts'
import type { IsolationMode } from '../../../clones/settings.ts'
import { messageOf, WorkError } from '../../../errors.ts'
import { helpers } from '../../../entry-points.ts'
import { agentsText, placeholder, templateModel, type AgentSketch } from '../../../agents/template.ts'
import { cancelled, chooseIsolation, type IsolationOptions } from './init-isolation.ts'
import { askChoice } from '../../../ui/prompt.ts'
import { plainText } from '../../../text/sanitize.ts'
import { isAgent, type CommonOptions } from '../../context.ts'
import { canAsk } from '../../interactive.ts'
import { say, type OutputLine } from '../../output.ts'
import { inheritedEnvironment } from '../../../process/env.ts'
import { advice, shell, work } from '../../../text/hint.ts'

export interface AgentsChoiceOptions extends CommonOptions, IsolationOptions {
  /** The program of the agent `default`. */
  agent?: string
  /** Its model, for opencode. */
  model?: string
}

/** A new agents.yaml. */
export interface NewAgents {
  text: string
  agents: AgentSketch[]
  isolation: IsolationMode
}

type Installed = Awaited<ReturnType<typeof findInstalled>>

/** Throws a `WorkError` (`usage`) for flags that do not go together. */
export function checkAgentFlags({ agent, model }: AgentsChoiceOptions): void {
  if (model === undefined) return
  if (agent !== undefined && !programsWithModels.includes(agent)) {
    throw new WorkError(`--model is for ${programsWithModels.join(', ')}, and --agent is ${agent}.`, {
      code: 'usage',
      hint: work('init', '--agent', 'opencode', '--model', '<provider/model>'),
    })
  }
  if (/^[^/\s]+\/\S+$/.test(model)) return
  throw new WorkError(`--model ${model}: expected provider/model, such as ${templateModel}.`, {
    code: 'usage',
    hint: advice`${shell('opencode', 'models')} lists what you can use.`,
  })
}

/** Decides what agents.yaml starts with: by flags, else by questions on a terminal, else by what is installed. */
export async function chooseAgents(root: string, options: AgentsChoiceOptions): Promise<NewAgents> {
  const env = inheritedEnvironment(process.env)
  const installed = await findInstalled(env, helpers)
  const choice = await choose(root, env, installed, options)
  const agents = sketchAgents(choice, installed)
  const isolation = await chooseIsolation(root, env, { ...options, asks: mayAsk(options) })
  const install = findInstall(root)
  return { text: agentsText(agents, { isolation, install }), agents, isolation }
}

async function choose(
  root: string,
  env: Record<string, string>,
  installed: Installed,
  options: AgentsChoiceOptions,
): Promise<AgentChoice> {
  const { model } = options
  const named = options.agent ?? (model === undefined ? undefined : programsWithModels[0])
  const asks = mayAsk(options)
  if (named !== undefined) {
    const isInstalled = named === otherProgram || installed.some(({ name }) => name === named)
    if (!isInstalled) say(`Warning: ${named} is not installed: there is no program "${named}" on PATH.`)
    const isChosen = !programsWithModels.includes(named) || model !== undefined
    if (isChosen || !asks || !isInstalled) return { program: named, model }
  }
  if (!asks) return defaultChoice(installed)
  if (installed.length === 0) {
    const known = programNames.filter((name) => name !== otherProgram).join(', ')
    say(`No coding agent was found on PATH (known ones: ${known}).`)
    return defaultChoice(installed)
  }
  const models = new Map<string, string[]>()
  for (;;) {
    const program = named ?? answered(await askProgram(installed))
    if (!programsWithModels.includes(program)) return { program, model: undefined }
    const known = models.get(program) ?? (await listModelsOf(program, root, env))
    models.set(program, known)
    const chosen = await askModel(known)
    if (chosen.type !== 'back') return { program, model: answered(chosen) }
    if (named !== undefined) throw cancelled()
  }
}

function mayAsk(options: AgentsChoiceOptions): boolean {
  return canAsk(options) && options.yes !== true && !isAgent()
}

function askProgram(installed: Installed): Promise<Answer<string>> {
  return askChoice('Which agent should do the work?', [
    ...installed.map(({ name, title, edits }) => ({
      value: name,
      label: title,
      hint: edits ?? 'choose a model next',
    })),
    { value: otherProgram, label: 'Another program', hint: 'write its command into work/agents.yaml' },
  ])
}

/** None when they can't be listed. Says why. */
async function listModelsOf(name: string, root: string, env: Record<string, string>): Promise<string[]> {
  const program = knownPrograms.find((one) => one.name === name)
  if (program === undefined) return []
  say(`Listing the models of ${program.title}…`)
  try {
    const models = await listModels(program, root, env, helpers)
    if (models.length === 0) {
      say('Warning: opencode has no models: no provider is set up.', {
        next: shell('opencode', 'auth', 'login'),
      })
    }
    return models
  } catch (error) {
    say(plainText(`Warning: ${messageOf(error)} Change the model in work/agents.yaml if necessary.`))
    return []
  }
}

/** The model, provider first when there are several; the value is undefined when there is none to choose from. */
async function askModel(models: readonly string[]): Promise<Answer<string | undefined>> {
  if (models.length === 0) return { type: 'chosen', value: undefined }
  const providers = [...new Set(models.map(providerOf))]
  for (;;) {
    const provider = await askProvider(providers, models)
    if (provider.type !== 'chosen') return provider
    const own = models.filter((model) => providerOf(model) === provider.value)
    const model = await askChoice(
      `Which model of the provider ${provider.value}?`,
      own.map((value) => ({ value, label: value.slice(provider.value.length + 1) })),
    )
    if (model.type !== 'back' || providers.length === 1) return model
  }
}

async function askProvider(providers: string[], models: readonly string[]): Promise<Answer<string>> {
  const [only] = providers
  if (only !== undefined && providers.length === 1) return { type: 'chosen', value: only }
  return askChoice(
    'Which provider?',
    providers.map((value) => {
      const count = models.filter((model) => providerOf(model) === value).length
      return { value, label: value, hint: `${count} model${count === 1 ? '' : 's'}` }
    }),
  )
}

function providerOf(model: string): string {
  return model.slice(0, model.indexOf('/'))
}

function answered<Value>(answer: Answer<Value>): Value {
  if (answer.type === 'chosen') return answer.value
  throw cancelled()
}

/** What a new agents.yaml has, and what is left to do there. */
export function describeAgents([first, ...others]: readonly AgentSketch[]): OutputLine[] {
  if (first === undefined) return []
  const program = first.command?.[0]
  const what =
    program ?? (first.model === undefined ? first.runner : `${first.runner} with the model ${first.model}`)
  const also =
    others.length === 0 ? '' : ` The file also has ${others.map(({ name }) => name).join(' and ')}.`
  return [
    `In work/agents.yaml the agent "${first.name}" runs ${what}.${also}`,
    ...(program === placeholder
      ? [{ next: advice`${work('edit', '--agents')}   write the command of your program` }]
      : []),
  ]
}
