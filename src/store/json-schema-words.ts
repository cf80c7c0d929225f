import * as z from 'zod/mini'
import { reasons } from '../../machines/statuses.ts'
import { AgentEntry, AgentsYaml, ModelVariant } from './agents-schema.ts'
import { Approval, StageApproval, StreamEntry, TasksApproval, WorkIndex } from './index-schema.ts'
import {
  DroppedThread,
  PlannedThreadRecord,
  PlanRecord,
  Renumbering,
  StageRecord,
  SessionRecord,
  Task,
  TasksFile,
  ThreadEnvelope,
} from './tasks-schema.ts'

interface Words {
  /** The name that a schema refers to it by; none for what is used once. */
  id?: string
  description: string
}

/** What each object and field of the files means, as an editor shows it. Kept apart: who only reads files needs none of it. */
export const words = z.registry<Words>()

/** Says what an object and each of its fields is; the compiler asks for a field that is left out. */
function describe<Shape extends z.core.$ZodShape>(
  object: z.ZodMiniObject<Shape>,
  about: Words,
  fields: Record<keyof Shape, string>,
): void {
  words.add(object, about)
  for (const [name, field] of Object.entries<z.core.$ZodType>(object.shape)) {
    words.add(field, { description: fields[name] ?? '' })
  }
}

const time = 'ISO 8601 time.'

describe(
  TasksFile,
  { description: 'What has been done of a plan: tasks, sessions, and where each thread stands.' },
  {
    version: 'Of this format: 2.0.0.',
    stream_id: 'The workstream that it belongs to, `005-session-tracking`.',
    last_updated: `When it was last written. ${time}`,
    tasks: 'Every task of the plan, in order of their ids.',
    threads: 'Where the statechart of each thread stands, by thread id (`01.02.03`). For work to read.',
    plan: 'The plan that the tasks were last compared with: what was edited in PLAN.md since is noticed.',
    stages: 'The start of each stage that has begun, by stage id (`01`).',
    dropped_threads:
      'Threads that were replaced in the plan or removed from it, with all that was recorded of them.',
    threads_v1_unread: 'Why the threads.json of version 1 could not be read; it is taken over once it can.',
  },
)

describe(
  PlanRecord,
  { description: 'The plan that the tasks were last compared with. For work to read and write.' },
  {
    hash: 'SHA-256 of that PLAN.md, in hex.',
    threads: 'Its threads, by thread id (`01.02.03`), also those without tasks.',
    kept: 'Ids of threads that you keep although the plan has them no more.',
    renumbered:
      'The last renumbering: when, and the new number of each stage, for the approvals in index.json.',
  },
)

describe(
  StageRecord,
  { description: 'The start of a stage.' },
  {
    started_at: time,
    commit: 'The commit that the working tree was at. Absent: no git, or no commit.',
    dirty: 'Whether tracked files had uncommitted changes.',
  },
)

describe(
  Renumbering,
  { description: 'A renumbering of threads.' },
  { at: time, stages: 'The new number of each stage (`01`), by its old one; empty for one that is gone.' },
)

describe(
  PlannedThreadRecord,
  { description: 'A thread of the plan as it was approved.' },
  {
    name: 'Its name.',
    line: 'Its line in PLAN.md.',
    steps: 'Its steps in the plan. Absent: they are the names of its tasks.',
  },
)

describe(
  DroppedThread,
  { description: 'A thread that no longer counts for the plan.' },
  {
    id: 'The id that it had.',
    name: 'Its name.',
    dropped_at: `When it was set aside. ${time}`,
    tasks: 'Its tasks and sessions.',
    chart: 'Where its statechart stood.',
  },
)

describe(
  Task,
  { id: 'Task', description: 'One task of the plan, and what came of it.' },
  {
    id: 'Stage, batch, thread and task, padded: `01.02.03.04`. Each once.',
    name: 'What is to be done.',
    stage_name: 'Name of its stage.',
    batch_name: 'Name of its batch.',
    thread_name: 'Name of its thread.',
    status: 'How it goes, as the agent or a person reported it.',
    created_at: time,
    updated_at: time,
    assigned_agent: 'Who does its thread: a name of agents.yaml. Absent: the agent named `default`.',
    breadcrumb: 'Where to go on, from who worked on it last.',
    report: 'What was done, or what is in the way.',
    sessions: 'The sessions of its thread, oldest first. Only on the first task of a thread.',
    currentSessionId: 'The session of its thread that runs now. Absent while none does.',
    damaged_sessions: 'What stood in `sessions` and can not be used: to be mended and put back.',
    thread_v1: 'What a threads.json of version 1 said of the thread beyond its sessions.',
  },
)

describe(
  SessionRecord,
  { id: 'SessionRecord', description: 'One run of one agent on one thread.' },
  {
    sessionId: "The runner's own id.",
    agentName: 'The agent, by its name in agents.yaml.',
    model: '`provider/model`, or `provider/model:variant`; empty for an agent that has none.',
    startedAt: time,
    completedAt: `${time} Absent while it runs, and when nobody saw the end.`,
    status: 'What it is, or came to.',
    exitCode: 'Exit code of its program.',
    attempt: "1 for the thread's first session.",
    runner: 'The program that it ran on: `opencode` or `command`.',
    mode: 'A new conversation (`fresh`), or one that was gone on with (`resume`).',
    token: 'Stands in the environment of its processes, so that they are found again.',
    messageId: 'Of opencode: the id of its prompt, made before it was sent.',
    server: 'Of opencode: the address of the server that was named with --server.',
    variant: 'The variant of the model, which `model` ends in.',
    note: 'What a person wanted this attempt to know.',
    doneWhen: 'Whose word settles it: the tasks that the agent reports, or its exit code.',
    timeout: 'How long it may take, in milliseconds of watched time.',
    retryAt: `Before this the provider does not want to be asked again, if it told. ${time}`,
    signal: 'The signal that ended it.',
    reason: `Why it ended: ${reasons.join(', ')}; or a word of a later version.`,
    detail: 'Its last lines worth showing.',
    process: 'Its process. Together these name one, also after its pid was used again.',
    origin: 'Where it was started: only there it is watched, ended or resumed.',
    usage: 'What it used, where the runner tells. Absent means unknown.',
    cwd: "Working folder, from the repository's root.",
    log: "Its log files without their ending, from the repository's root.",
    runnerSessionId: "From version 1, whose `sessionId` was made up: the runner's real id of the session.",
  },
)

const system = {
  host: 'Name of the machine.',
  bootId: 'Changes at every boot of the machine.',
  pidNamespace: 'The namespace of process ids, which differs in a container. Absent where there is none.',
}

describe(
  SessionRecord.shape.process.def.innerType,
  { description: 'Who a process is.' },
  { pid: 'Process id.', startTicks: 'When it started, as the system tells it.', ...system },
)

describe(
  SessionRecord.shape.origin.def.innerType,
  { description: 'The checkout and the system that a session was started in.' },
  {
    root: 'Root folder of the checkout.',
    folder: 'Device and inode of that folder: the same after a move, others for a copy.',
    ...system,
  },
)

describe(
  SessionRecord.shape.usage.def.innerType,
  { description: 'What a session used.' },
  { inputTokens: 'Tokens in.', outputTokens: 'Tokens out.', cost: 'In US dollars.' },
)

describe(
  ThreadEnvelope,
  { description: "A thread's statechart, put to rest." },
  {
    machine: 'Which chart.',
    version: 'Which version of the chart.',
    savedAt: time,
    snapshot: 'What the chart is restored from.',
  },
)

describe(
  WorkIndex,
  { description: 'The workstreams, and which one commands mean when they are not told.' },
  {
    version: 'Of this format: 1.0.0.',
    last_updated: `When it was last written. ${time}`,
    current_stream: 'The workstream that commands mean when they are not told. Absent: none.',
    streams: 'Every workstream.',
  },
)

describe(
  StreamEntry,
  { id: 'Workstream', description: 'One workstream.' },
  {
    id: '`005-session-tracking`: its folder below `work/`.',
    name: '`session-tracking`: its id without the number.',
    order: 'Its number.',
    status: 'Only `on_hold` says more than its tasks do.',
    approval: 'What a person said of its plan, tasks and stages. Absent: nothing yet.',
    created_at: time,
    updated_at: time,
    path: "Its folder, from the repository's root.",
    archived_at: `Since when it is hidden from lists. ${time}`,
  },
)

const decision = {
  status: 'Where the approval stands.',
  approved_at: time,
  approved_by: 'Who approved it.',
  revoked_at: time,
  revoked_reason: 'Why the approval was taken back.',
}

describe(
  Approval,
  { description: "A person's word on a plan." },
  {
    ...decision,
    renumbered_at: 'The renumbering in tasks.json that `stages` follows already.',
    plan_hash: 'SHA-256 of the PLAN.md that was approved, in hex: a plan that changed since is noticed.',
    stages: "A person's word on the outcome of each stage, by its number without padding.",
    tasks: "A person's word on the tasks.",
  },
)

describe(
  StageApproval,
  { description: "A person's word on the outcome of a stage." },
  { ...decision, commit_sha: 'The commit that was approved.', name: 'What the stage was called.' },
)

describe(
  TasksApproval,
  { description: "A person's word on the tasks." },
  { ...decision, task_count: 'How many tasks there were.' },
)

describe(
  AgentsYaml,
  { description: 'Who may do the work.' },
  {
    agents: 'Every agent. The one named `default` does each thread that is assigned to nobody.',
    parallel: 'How many threads run at once; 4 unless told.',
  },
)

describe(
  AgentEntry,
  { id: 'Agent', description: 'Who may do a thread.' },
  {
    name: 'How the agent is called in commands and records.',
    description: 'For people, and for whoever assigns threads.',
    best_for: 'What it should be given, for whoever assigns threads.',
    models:
      '`provider/model`, or `{ model, variant }`. The next one is tried when a provider refuses. An agent that runs on `command` needs none.',
    runner: 'What it runs on: `opencode` (the default), or `command`: any executable.',
    command: 'For `command`: the executable and its arguments. There is no shell.',
    resume_command: 'For `command`: the same, to go on with a session that was interrupted.',
    done_when:
      '`tasks`: only what the agent reports counts (default for `opencode`). `exit`: a good end completes the open tasks (default for `command`).',
    timeout: '`90s`, `20m`, `2h`, or a number of seconds, after which a session is ended. Off unless told.',
    opencode_agent: 'For `opencode`: which of its agents does it; `build` unless told.',
    permissions: 'For `opencode`: the answer to a session that asks for a permission; `reject` unless told.',
  },
)

describe(
  ModelVariant,
  { description: 'A model with a variant of it.' },
  { model: '`provider/model`.', variant: 'A variant that the provider knows, `high`.' },
)
