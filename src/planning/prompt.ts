import type { Agent } from '../agents/agents-file.ts'
import { planExample, planRules } from '../plan/grammar.ts'
import { counted } from '../text/plural.ts'
import { oneLine, withTabs } from '../text/sanitize.ts'
import type { NamedText, RepositoryFacts } from './repository-facts.ts'

/** What the prompt of a planning agent is made from. */
export interface PlanningPromptInput {
  /** The words of the user; a whole brief, if need be. */
  goal: string
  /** The file that it writes, by its path from the root. */
  draft: string
  /** Id of the workstream. */
  stream: string
  agents: readonly Agent[]
  /** Each thread works in a clone of its own. */
  isIsolated: boolean
  facts: RepositoryFacts
  /** A plan to fill in: the draft begins as a copy of it. */
  template?: string | undefined
  /** The plan that is there: the draft begins as a copy of it. */
  isRevision: boolean
}

/** The prompt for a new session that plans. */
export function planningPrompt(input: PlanningPromptInput): string {
  const { goal, draft, stream, agents, isIsolated, facts, template, isRevision } = input
  return withTabs(
    [
      isRevision
        ? `Change the plan of the workstream ${stream}. \`${draft}\` is a copy of it.`
        : `Write a plan for the workstream ${stream}. Nobody has planned it yet.`,
      `The plan is given to coding agents, thread by thread, after the user has approved it. You only plan: do none of the work.`,
      `## ${isRevision ? 'What to change' : 'The goal'}\n\n${goal}`,
      ...(template === undefined
        ? []
        : [
            `## The template\n\n\`${draft}\` begins as a template. Fill it in: replace each comment, and remove or add parts as the goal needs it.`,
          ]),
      `## What to write\n\n${whatToWrite(draft)}`,
      `## How to divide the work\n\n${howToDivide(isIsolated)}`,
      `## The agents\n\n${describeAgents(agents)}`,
      `## The form of a plan\n\n${planRules}\nA whole plan:\n\n\`\`\`\`markdown\n${planExample}\`\`\`\``,
      `## The repository\n\n${describeFacts(facts)}`,
    ].join('\n\n'),
  )
}

function whatToWrite(draft: string): string {
  return `- Write the whole plan to \`${draft}\`, and nothing else to any other file. Everything else is read only.
- Read what the goal is about first: the code, its tests, its documents.
- What only the user can decide is a question: \`- [ ] …?\` under \`#### Stage Questions\`. Do not guess, and do not ask what the code answers.
- When you have written the file you are done. Its form is checked then, and you get the problems to correct.`
}

function howToDivide(isIsolated: boolean): string {
  return `- Stage: something the user reviews before the next one starts. Most goals need one or two.
- Batch: threads that run at the same time. The batches of a stage run one after the other.
- Thread: the work of one agent in one session: small, with the files that it is about, and how it is verified: a command that must pass.
  Its agent sees the summary and the details of its own thread, and nothing of the others.
- ${
    isIsolated
      ? 'Each thread works in a clone of its own and is merged afterwards: threads of one batch that change the same lines end in a conflict.'
      : 'The threads of one batch work in the same folder: they must not touch the same files, nor need what another one of them makes.'
  }
- Task: a step that is done or not, one to five for a thread.`
}

function describeAgents(agents: readonly Agent[]): string {
  const lines = agents.map(({ name, description, best_for: bestFor }) => {
    const words = [description, bestFor === '' ? '' : `Best for: ${bestFor}`].filter((part) => part !== '')
    return oneLine(`- ${name}${words.length === 0 ? '' : `: ${words.join(' ')}`}`)
  })
  return `The user assigns them to threads; a thread is made for one of these:\n\n${lines.join('\n')}`
}

function describeFacts({ files, more, readme, manifests, testCommand }: RepositoryFacts): string {
  const parts = [
    ...(files.length === 0 ? ['It has no files yet.'] : [`Its files:\n\n${fenced(listed(files, more))}`]),
    ...(testCommand === undefined ? [] : [`Its tests run with \`${testCommand}\`.`]),
    ...[...(readme === undefined ? [] : [readme]), ...manifests].map(quoted),
  ]
  return `${parts.join('\n\n')}\n`
}

function listed(files: readonly string[], more: number): string {
  return [...files, ...(more === 0 ? [] : [`and ${more} more`])].join('\n')
}

function quoted({ path, text }: NamedText): string {
  return `\`${path}\`:\n\n${fenced(text)}`
}

/** A block of code that nothing in the text can end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/** The prompt for a session whose draft has problems. `left`: how often it can be checked again after that. */
export function repairPrompt({
  draft,
  problems,
  left,
}: {
  draft: string
  problems: readonly string[]
  left: number
}): string {
  return withTabs(`Your draft is not a valid plan yet. ${counted(problems.length, 'problem')}, with the line in \`${draft}\`:

${problems.map((problem) => `- ${problem}`).join('\n')}

Correct \`${draft}\`, and write nothing else. The form of a plan:

${planRules}
${left === 0 ? 'It is checked once more.' : `It is checked again, ${left + 1} times at most.`}
`)
}

/** The prompt for a session when the user wants something else. `isStarted`: threads of the plan are recorded. */
export function revisionPrompt({
  draft,
  request,
  isStarted,
}: {
  draft: string
  request: string
  isStarted: boolean
}): string {
  const started = isStarted
    ? '\nThreads of the plan may have been run. Those keep their names, steps and places unless the user says otherwise; new ones come after them.\n'
    : ''
  return withTabs(`The user wants the plan changed:

${request}

Change \`${draft}\`, which is the plan as it is now, and write nothing else. Leave the rest of it as it is.
${started}`)
}

/** The prompt for a session that was interrupted before it had written the plan. */
export function resumptionPrompt(draft: string): string {
  return `You were interrupted. Continue with the plan, and write it to \`${draft}\`.\n`
}
