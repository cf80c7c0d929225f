import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { taskStatuses } from '../../machines/statuses.ts'
import { WorkError } from '../errors.ts'
import type { AgentsOptions } from './agents.ts'
import type { ApproveOptions } from './approve.ts'
import type { AssignOptions } from './assign.ts'
import type { CommonOptions } from './context.ts'
import type { CreateOptions } from './create.ts'
import type { CurrentOptions } from './current.ts'
import type { ExecuteOptions } from './execute.ts'
import type { ListOptions } from './list.ts'
import type { MultiOptions } from './multi.ts'
import type { PromptOptions } from './prompt.ts'
import type { ReadOptions } from './read.ts'
import { reportError } from './report-error.ts'
import type { StatusOptions } from './status.ts'
import type { TasksOptions } from './tasks.ts'
import type { TreeOptions } from './tree.ts'
import type { UpdateOptions } from './update.ts'

/**
 * Runs one command line (without `node` and the script) and gives its exit code. Every error is turned into words here:
 * on standard error, and with `--json` as an object on standard output.
 */
export async function runProgram(args: string[]): Promise<number> {
  let exitCode = 0
  const program = defineProgram((code) => {
    exitCode = code
  })
  try {
    if (args.length === 0) program.outputHelp()
    else await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return reportError(fromCommander(error), args.includes('--json') || args.includes('-j'))
  }
}

/** The whole command tree: names, flags and help. What a command does stands in the file of its name, loaded on call. */
export function defineProgram(setExitCode: (code: number) => void): Command {
  const program = new Command('work')
    .description('Runs a written plan with coding agents in parallel and loses nothing when something dies.')
    .version(WORK_VERSION, '-v, --version')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError()
    .helpCommand(false)

  const exit = async (work: number | void | Promise<number | void>) => setExitCode((await work) ?? 0)

  program.commandsGroup('Begin:')
  define(
    program,
    'init',
    'Make work/ with index.json and agents.yaml; existing files are kept',
    'work init',
  ).action(async (options: CommonOptions) => exit((await import('./init.ts')).init(options)))

  define(
    program,
    'create [name]',
    'Make a workstream with a PLAN.md to fill in',
    'work create session-tracking --stages 2',
  )
    .option('-n, --name <name>', 'its name, in kebab-case')
    .option('--stages <n>', 'stages in the template', wholeNumber(1, 20), 1)
    .action(async (name: string | undefined, options: CreateOptions) =>
      exit((await import('./create.ts')).create(name, options)),
    )

  define(program, 'current', 'Show or choose the workstream that commands mean', 'work current --set 005', [])
    .addOption(new Option('-s, --set <id>', 'choose this one: id, name or number').conflicts('clear'))
    .option('-c, --clear', 'choose none')
    .action(async (options: CurrentOptions) => exit((await import('./current.ts')).current(options)))

  program.commandsGroup('Plan:')
  define(
    program,
    'validate <what>',
    'Name every problem of PLAN.md, with its line',
    'work validate plan',
  ).action(async (what: string, options: CommonOptions) =>
    exit((await import('./validate.ts')).validate(what, options)),
  )
  define(
    program,
    'check <what>',
    'The same, and what is open in it: questions, boxes, missing files',
    'work check plan',
  ).action(async (what: string, options: CommonOptions) =>
    exit((await import('./validate.ts')).check(what, options)),
  )

  define(
    program,
    'approve [target] [number]',
    'Say that plan, tasks, stage <n> or revision are good',
    'work approve stage 1',
  )
    .option('--revoke', 'take the approval back')
    .option('--reason <text>', 'why it is taken back')
    .option('-f, --force', 'approve all the same: open questions, unfinished tasks')
    .action(async (target: string | undefined, number: string | undefined, options: ApproveOptions) =>
      exit((await import('./approve.ts')).approve(target, number, options)),
    )

  define(
    program,
    'tasks <action>',
    'generate: TASKS.md from the plan; serialize: tasks.json from TASKS.md',
    'work tasks generate',
  )
    .option('-f, --force', 'generate: write over a TASKS.md that was changed')
    .action(async (action: string, options: TasksOptions) =>
      exit((await import('./tasks.ts')).tasks(action, options)),
    )

  define(program, 'agents', 'Who there is', 'work agents').action(async (options: AgentsOptions) =>
    exit((await import('./agents.ts')).agents(options)),
  )

  define(
    program,
    'assign',
    'Say which agent does a thread or task',
    'work assign --thread 01.01.02 --agent reviewer',
  )
    .option('--thread <id>', 'the thread')
    .option('-t, --task <id>', 'one task')
    .option('-a, --agent <name>', 'the agent')
    .option('--clear', 'nobody in particular')
    .option('--list', 'show who does what')
    .action(async (options: AssignOptions) => exit((await import('./assign.ts')).assign(options)))

  define(program, 'prompt', 'Write the prompt files of the threads', 'work prompt --thread 01.01.02')
    .option('-t, --thread <id>', 'this thread only')
    .option('--stage <n>', 'this stage only')
    .option('-b, --batch <id>', 'this batch only')
    .action(async (options: PromptOptions) => exit((await import('./prompt.ts')).prompt(options)))

  program.commandsGroup('Run:')
  define(program, 'multi', 'Run the threads of a batch in parallel', 'work multi --continue --parallel 3')
    .addOption(new Option('-b, --batch <id>', 'this batch').conflicts('continue'))
    .option('-c, --continue', 'the next unfinished batch, and on from there')
    .option('--parallel <n>', 'how many at once (default: agents.yaml)', wholeNumber(1, 1000))
    .option('--dry-run', 'show what would be run')
    .option('-f, --force', 'run the batch although an earlier one is not done')
    .action(async (options: MultiOptions) => exit((await import('./multi.ts')).multi(options)))

  define(program, 'execute', 'Run one thread', 'work execute --thread 01.01.02')
    .requiredOption('-t, --thread <id>', 'the thread')
    .option('-a, --agent <name>', 'this agent, this once')
    .option('--dry-run', 'show what would be run')
    .action(async (options: ExecuteOptions) => exit((await import('./execute.ts')).execute(options)))

  program.commandsGroup('Look:')
  define(program, 'status', 'How far it is, thread by thread', 'work status --sessions')
    .option('--sessions', 'each session of each thread')
    .option('-w, --watch', 'keep showing it')
    .action(async (options: StatusOptions) => exit((await import('./status.ts')).status(options)))

  define(program, 'tree', 'Stages, batches and threads as a tree', 'work tree')
    .option('-b, --batch <id>', 'this batch only')
    .action(async (options: TreeOptions) => exit((await import('./tree.ts')).tree(options)))

  define(program, 'list', 'Every task below its thread', 'work list --status blocked')
    .option('--tasks', 'tasks (the default)')
    .addOption(new Option('--status <status>', 'only these').choices(taskStatuses))
    .option('--stage <n>', 'this stage only')
    .option('-b, --batch <id>', 'this batch only')
    .option('-t, --thread <id>', 'this thread only')
    .action(async (options: ListOptions) => exit((await import('./list.ts')).list(options)))

  define(program, 'read', 'One task, whole', 'work read --task 01.01.02.01')
    .requiredOption('-t, --task <id>', 'the task')
    .action(async (options: ReadOptions) => exit((await import('./read.ts')).read(options)))

  program.commandsGroup('For agents:')
  define(
    program,
    'update',
    'Report how a task or a whole thread goes',
    'work update --task 01.01.02.01 --status completed --report "Parser and tests are in."',
  )
    .addOption(new Option('-t, --task <id>', 'the task').conflicts('thread'))
    .option('--thread <id>', 'each task of the thread')
    .addOption(new Option('--status <status>', 'how it goes').choices(taskStatuses))
    .option('--report <text>', 'what was done, or what is in the way')
    .option('-b, --breadcrumb <text>', 'where to go on')
    .option('--agent <name>', 'who does it')
    .action(async (options: UpdateOptions) => exit((await import('./update.ts')).update(options)))

  return program
}

/** A command with the options that all have. */
function define(
  program: Command,
  name: string,
  description: string,
  example: string,
  common: readonly ['stream'] | readonly [] = ['stream'],
): Command {
  const command = program.command(name).description(description)
  if (common.length > 0)
    command.option('-s, --stream <id>', 'the workstream: id, name or number (default: the current one)')
  return command
    .option('-r, --repo-root <dir>', 'the repository (default: the nearest folder above with .git)')
    .option('-j, --json', 'data on standard output, for scripts')
    .addHelpText('after', `\nExample:\n  ${example}`)
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (/^\d+$/.test(text) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`)
  }
}

/** Help and version are no errors; anything else that commander refuses is wrong use. */
function fromCommander(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0) return undefined
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n')
  return new WorkError(sentence(message), {
    code: 'usage',
    hint:
      suggestion.length > 0
        ? suggestion.join(' ').replaceAll(/[()]/g, '')
        : 'work --help, or work <command> --help',
    cause: error,
  })
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`
}
