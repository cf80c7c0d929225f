import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { taskStatuses } from '../../machines/statuses.ts'
import { WorkError } from '../errors.ts'
import type { AddBatchOptions } from './add-batch.ts'
import type { AddStageOptions } from './add-stage.ts'
import type { AddTaskOptions } from './add-task.ts'
import type { AddThreadOptions } from './add-thread.ts'
import type { AgentsOptions } from './agents.ts'
import type { ApproveOptions } from './approve.ts'
import type { AssignOptions } from './assign.ts'
import type { CommonOptions } from './context.ts'
import type { CreateOptions } from './create.ts'
import type { CurrentOptions } from './current.ts'
import type { DoctorOptions } from './doctor.ts'
import type { ExecuteOptions } from './execute.ts'
import type { ListOptions } from './list.ts'
import type { MultiOptions } from './multi.ts'
import type { PromptOptions } from './prompt.ts'
import type { ReadOptions } from './read.ts'
import { reportError } from './report-error.ts'
import type { RevisionOptions } from './revision.ts'
import type { SessionOptions } from './session.ts'
import type { StatusOptions } from './status.ts'
import type { TasksOptions } from './tasks.ts'
import type { TreeOptions } from './tree.ts'
import type { UpdateOptions } from './update.ts'

/**
 * Runs one command line (without `node` and the script) and gives its exit code. Every error is turned into words here:
 * on standard error, and with `--json` as an object on standard output.
 */
export async function runProgram(typed: string[]): Promise<number> {
  const args = joinWords(typed)
  let exitCode = 0
  const program = defineProgram(args[0], (code) => {
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

/** `work add stage …` is `work add-stage …`. */
function joinWords(args: string[]): string[] {
  const [first, second = '', ...rest] = args
  const isTwo = first === 'add' && ['stage', 'batch', 'thread', 'task'].includes(second)
  return isTwo ? [`add-${second}`, ...rest] : args
}

/** What a command does, as a promise of its exit code; nothing means 0. */
type Run = (work: number | void | Promise<number | void>) => Promise<void>

interface Entry {
  /** Its arguments, as commander writes them. */
  takes?: string
  about: string
  example: string
  /** It takes no `--stream`: `-s` is its own. */
  withoutStream?: true
  /** Adds flags, and what to do. The file of the command's name is loaded when it is called. */
  define: (command: Command, run: Run) => Command
}

/** Every command below the heading it has in the help. */
const groups: Record<string, Record<string, Entry>> = {
  'Begin:': {
    init: {
      about: 'Make work/ with index.json and agents.yaml; existing files are kept',
      example: 'work init',
      define: (command, run) =>
        command.action(async (options: CommonOptions) => run((await import('./init.ts')).init(options))),
    },
    create: {
      takes: '[name]',
      about: 'Make a workstream with a PLAN.md to fill in',
      example: 'work create session-tracking --stages 2',
      define: (command, run) =>
        command
          .option('-n, --name <name>', 'its name, in kebab-case')
          .option('--stages <n>', 'stages in the template', wholeNumber(1, 20), 1)
          .action(async (name: string | undefined, options: CreateOptions) =>
            run((await import('./create.ts')).create(name, options)),
          ),
    },
    current: {
      about: 'Show or choose the workstream that commands mean',
      example: 'work current --set 005',
      withoutStream: true,
      define: (command, run) =>
        command
          .addOption(new Option('-s, --set <id>', 'choose this one: id, name or number').conflicts('clear'))
          .option('-c, --clear', 'choose none')
          .action(async (options: CurrentOptions) => run((await import('./current.ts')).current(options))),
    },
  },
  'Plan:': {
    validate: {
      takes: '<what>',
      about: 'Name every problem of PLAN.md, with its line',
      example: 'work validate plan',
      define: (command, run) =>
        command.action(async (what: string, options: CommonOptions) =>
          run((await import('./validate.ts')).validate(what, options)),
        ),
    },
    check: {
      takes: '<what>',
      about: 'The same, and what is open in it: questions, boxes, missing files',
      example: 'work check plan',
      define: (command, run) =>
        command.action(async (what: string, options: CommonOptions) =>
          run((await import('./validate.ts')).check(what, options)),
        ),
    },
    approve: {
      takes: '[target] [number]',
      about: 'Say that plan, tasks, stage <n> or revision are good',
      example: 'work approve stage 1',
      define: (command, run) =>
        command
          .option('--revoke', 'take the approval back')
          .option('--reason <text>', 'why it is taken back')
          .option('-f, --force', 'approve all the same: open questions, unfinished tasks')
          .action(async (target: string | undefined, number: string | undefined, options: ApproveOptions) =>
            run((await import('./approve.ts')).approve(target, number, options)),
          ),
    },
    tasks: {
      takes: '<action>',
      about: 'generate: TASKS.md from the plan; serialize: tasks.json from TASKS.md',
      example: 'work tasks generate',
      define: (command, run) =>
        command
          .option('-f, --force', 'generate: write over a TASKS.md that was changed')
          .action(async (action: string, options: TasksOptions) =>
            run((await import('./tasks.ts')).tasks(action, options)),
          ),
    },
    'add-stage': {
      about: 'Add a stage that mends what stage <n> left behind',
      example: 'work add-stage --stage 2 --name "login times out" --description "See report."',
      define: (command, run) =>
        command
          .requiredOption('--stage <n>', 'the stage that is to be mended: number or name')
          .requiredOption('-n, --name <name>', 'what is to be fixed')
          .option('--batch', 'add a batch at the end of that stage instead')
          .option('--description <text>', 'what is wrong')
          .action(async (options: AddStageOptions) =>
            run((await import('./add-stage.ts')).addStage(options)),
          ),
    },
    'add-batch': {
      about: 'Add a batch at the end of a stage',
      example: 'work add-batch --stage 2 --name "Load tests" --thread "Checkout"',
      define: (command, run) =>
        command
          .requiredOption('--stage <n>', 'the stage: number or name')
          .requiredOption('-n, --name <name>', 'its name')
          .option('--summary <text>', 'what it is about')
          .option('--thread <name>', 'its first thread (default: named as the batch)')
          .action(async (options: AddBatchOptions) =>
            run((await import('./add-batch.ts')).addBatch(options)),
          ),
    },
    'add-thread': {
      about: 'Add a thread at the end of a batch',
      example: 'work add-thread --batch 01.02 --name "Courier" --summary "Ask the courier once an hour."',
      define: (command, run) =>
        command
          .option('--stage <n>', 'the stage of the batch: number or name')
          .requiredOption('-b, --batch <id>', 'the batch: id, number or name')
          .requiredOption('-n, --name <name>', 'its name')
          .option('--summary <text>', 'what is to be done')
          .action(async (options: AddThreadOptions) =>
            run((await import('./add-thread.ts')).addThread(options)),
          ),
    },
    'add-task': {
      about: 'Add a task at the end of a thread',
      example: 'work add-task --thread 01.02.01 --name "Handle an empty answer"',
      define: (command, run) =>
        command
          .option('--stage <n>', 'the stage of the thread: number or name')
          .option('-b, --batch <id>', 'the batch of the thread: id, number or name')
          .requiredOption('-t, --thread <id>', 'the thread: id, number or name')
          .requiredOption('-n, --name <name>', 'what is to be done')
          .action(async (options: AddTaskOptions) => run((await import('./add-task.ts')).addTask(options))),
    },
    revision: {
      about: 'Add a stage for what is to be done differently',
      example: 'work revision --name "plain words in errors"',
      define: (command, run) =>
        command
          .requiredOption('-n, --name <name>', 'its name')
          .option('--description <text>', 'what is to change')
          .action(async (options: RevisionOptions) => run((await import('./revision.ts')).revision(options))),
    },
    agents: {
      about: 'Who there is',
      example: 'work agents',
      define: (command, run) =>
        command.action(async (options: AgentsOptions) => run((await import('./agents.ts')).agents(options))),
    },
    assign: {
      about: 'Say which agent does a thread or task',
      example: 'work assign --thread 01.01.02 --agent reviewer',
      define: (command, run) =>
        command
          .option('--thread <id>', 'the thread')
          .option('-t, --task <id>', 'one task')
          .option('-a, --agent <name>', 'the agent')
          .option('--clear', 'nobody in particular')
          .option('--list', 'show who does what')
          .action(async (options: AssignOptions) => run((await import('./assign.ts')).assign(options))),
    },
    prompt: {
      about: 'Write the prompt files of the threads',
      example: 'work prompt --thread 01.01.02',
      define: (command, run) =>
        command
          .option('-t, --thread <id>', 'this thread only')
          .option('--stage <n>', 'this stage only')
          .option('-b, --batch <id>', 'this batch only')
          .action(async (options: PromptOptions) => run((await import('./prompt.ts')).prompt(options))),
    },
  },
  'Run:': {
    multi: {
      about: 'Run the threads of a batch in parallel',
      example: 'work multi --continue --parallel 3',
      define: (command, run) =>
        command
          .addOption(new Option('-b, --batch <id>', 'this batch').conflicts('continue'))
          .option('-c, --continue', 'the next unfinished batch, and on from there')
          .option('--parallel <n>', 'how many at once (default: agents.yaml)', wholeNumber(1, 1000))
          .option('--server <url>', 'an opencode server that runs already')
          .option('--tmux', 'show each thread in a window of a tmux session')
          .option('--dry-run', 'show what would be run')
          .option('-f, --force', 'run the batch although an earlier one is not done')
          .action(async (options: MultiOptions) => run((await import('./multi.ts')).multi(options))),
    },
    execute: {
      about: 'Run one thread',
      example: 'work execute --thread 01.01.02',
      define: (command, run) =>
        command
          .requiredOption('-t, --thread <id>', 'the thread')
          .option('-a, --agent <name>', 'this agent, this once')
          .option('--server <url>', 'an opencode server that runs already')
          .option('--dry-run', 'show what would be run')
          .action(async (options: ExecuteOptions) => run((await import('./execute.ts')).execute(options))),
    },
  },
  'Look:': {
    status: {
      about: 'How far it is, thread by thread',
      example: 'work status --sessions',
      define: (command, run) =>
        command
          .option('--sessions', 'each session of each thread')
          .option('-w, --watch', 'keep showing it')
          .action(async (options: StatusOptions) => run((await import('./status.ts')).status(options))),
    },
    tree: {
      about: 'Stages, batches and threads as a tree',
      example: 'work tree',
      define: (command, run) =>
        command
          .option('-b, --batch <id>', 'this batch only')
          .action(async (options: TreeOptions) => run((await import('./tree.ts')).tree(options))),
    },
    list: {
      about: 'Every task below its thread',
      example: 'work list --status blocked',
      define: (command, run) =>
        command
          .option('--tasks', 'tasks (the default)')
          .addOption(new Option('--status <status>', 'only these').choices(taskStatuses))
          .option('--stage <n>', 'this stage only')
          .option('-b, --batch <id>', 'this batch only')
          .option('-t, --thread <id>', 'this thread only')
          .action(async (options: ListOptions) => run((await import('./list.ts')).list(options))),
    },
    read: {
      about: 'One task, whole',
      example: 'work read --task 01.01.02.01',
      define: (command, run) =>
        command
          .requiredOption('-t, --task <id>', 'the task')
          .action(async (options: ReadOptions) => run((await import('./read.ts')).read(options))),
    },
  },
  'Sessions:': {
    session: {
      takes: '<action> [thread]',
      about: 'logs: what a session wrote; attach: its own screen',
      example: 'work session logs 01.01.02 --follow\n  work session attach 01.01.02',
      define: (command, run) =>
        command
          .option('--attempt <n>', 'this attempt (default: the last)', wholeNumber(1, 1_000_000))
          .option('--follow', 'logs: go on until the session ends')
          .option('--server <url>', 'attach: an opencode server that runs already')
          .action(async (action: string, thread: string | undefined, options: SessionOptions) =>
            run((await import('./session.ts')).session(action, thread, options)),
          ),
    },
    doctor: {
      about: 'What is installed, what is broken, what to do',
      example: 'work doctor\n  work doctor --stop-server',
      withoutStream: true,
      define: (command, run) =>
        command
          .option('--stop-server', "end the repository's opencode server")
          .option('-f, --force', 'end it although sessions are at work')
          .action(async (options: DoctorOptions) => run((await import('./doctor.ts')).doctor(options))),
    },
  },
  'For agents:': {
    update: {
      about: 'Report how a task or a whole thread goes',
      example: 'work update --task 01.01.02.01 --status completed --report "Parser and tests are in."',
      define: (command, run) =>
        command
          .addOption(new Option('-t, --task <id>', 'the task').conflicts('thread'))
          .option('--thread <id>', 'each task of the thread')
          .addOption(new Option('--status <status>', 'how it goes').choices(taskStatuses))
          .option('--report <text>', 'what was done, or what is in the way')
          .option('-b, --breadcrumb <text>', 'where to go on')
          .option('--agent <name>', 'who does it')
          .action(async (options: UpdateOptions) => run((await import('./update.ts')).update(options))),
    },
  },
}

/** The command tree. Only the command that is `called` is defined, for that is quicker; any other word gets all of them. */
function defineProgram(called: string | undefined, setExitCode: (code: number) => void): Command {
  const program = new Command('work')
    .description('Runs a written plan with coding agents in parallel and loses nothing when something dies.')
    .version(WORK_VERSION, '-v, --version')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError()
    .helpCommand(false)
  const run: Run = async (work) => setExitCode((await work) ?? 0)
  const isKnown = Object.values(groups).some(
    (entries) => called !== undefined && Object.hasOwn(entries, called),
  )

  for (const [heading, entries] of Object.entries(groups)) {
    program.commandsGroup(heading)
    for (const [name, entry] of Object.entries(entries)) {
      if (!isKnown || name === called) entry.define(defineCommand(program, name, entry), run)
    }
  }
  return program
}

/** A command with the flags that all have. */
function defineCommand(
  program: Command,
  name: string,
  { takes, about, example, withoutStream }: Entry,
): Command {
  const command = program.command(takes === undefined ? name : `${name} ${takes}`).description(about)
  if (withoutStream === undefined) {
    command.option('-s, --stream <id>', 'the workstream: id, name or number (default: the current one)')
  }
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
