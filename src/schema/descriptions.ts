import * as z from 'zod/mini'
import { reasons } from '../../machines/statuses.ts'
import {
  Approval,
  PlanningSession,
  StageApproval,
  StreamEntry,
  TasksApproval,
  WorkIndex,
} from '../store/index/schema.ts'
import {
  DroppedThread,
  IsolationRecord,
  LandedRecord,
  LandingRecord,
  PlannedThreadRecord,
  PlanningRecord,
  PlanningRequest,
  PlanRecord,
  PlanVersion,
  Renumbering,
  StageRecord,
  StoredSession,
  Task,
  TasksFile,
  ThreadEnvelope,
} from '../store/tasks/schema.ts'

interface Words {
  /** The name that schemas use to refer to it; absent for what is used once. */
  id?: string
  description: string
}

/**
 * Descriptions of every object and field, shown by editors. Kept apart because processes that only read files don't
 * need them.
 */
export const words = z.registry<Words>()

/** Describes an object and all its fields; the compiler requires every field. */
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
  { description: 'The state of a plan: its tasks, sessions, and the progress of each thread.' },
  {
    version: 'Version of this format: 2.0.0.',
    stream_id: 'Id of the workstream, such as `005-session-tracking`.',
    last_updated: `Time of the last write. ${time}`,
    tasks: 'All tasks of the plan, ordered by id.',
    threads: 'The saved state machine of each thread, by thread id (`01.02.03`). Only for work itself.',
    plan: 'The plan that the tasks were last compared with, to detect later edits of PLAN.md.',
    stages: 'The start of each stage that has begun, by stage id (`01`).',
    isolation: 'How its threads are isolated: fixed when the first one starts.',
    planning: 'What the planning of the workstream was asked for. Only in `planning/state.json`.',
    dropped_threads:
      'Threads that were replaced in or removed from the plan, with everything recorded about them.',
    threads_v1_unread:
      'Why the threads.json of version 1 could not be read. It is imported once it can be read.',
  },
)

describe(
  PlanRecord,
  { description: 'The plan that the tasks were last compared with. Only for work itself.' },
  {
    hash: 'SHA-256 of that PLAN.md, in hex.',
    threads: 'Its threads, by thread id (`01.02.03`), including those without tasks.',
    kept: 'Ids of threads that you keep although they are no longer in the plan.',
    renumbered: 'Time and stage numbers of the last renumbering, for the approvals in index.json.',
  },
)

describe(
  StageRecord,
  { description: 'The start of a stage.' },
  {
    started_at: time,
    commit: 'The commit of the working tree. Absent without git or without a commit.',
    dirty: 'Whether tracked files had uncommitted changes.',
  },
)

describe(
  Renumbering,
  { description: 'A renumbering of threads.' },
  { at: time, stages: 'The new number of each stage (`01`), by its old number; empty for a removed stage.' },
)

describe(
  PlannedThreadRecord,
  { description: 'A thread of the approved plan.' },
  {
    name: 'Its name.',
    line: 'Its line in PLAN.md.',
    steps: 'Its steps in the plan. Absent if they equal the names of its tasks.',
  },
)

describe(
  DroppedThread,
  { description: 'A thread that is no longer part of the plan.' },
  {
    id: 'Its former id.',
    name: 'Its name.',
    dropped_at: `Time when it was set aside. ${time}`,
    tasks: 'Its tasks and sessions.',
    chart: 'Its saved state machine.',
  },
)

describe(
  Task,
  { id: 'Task', description: 'One task of the plan and its result.' },
  {
    id: 'Padded numbers of stage, batch, thread and task: `01.02.03.04`. Unique.',
    name: 'What to do.',
    stage_name: 'Name of its stage.',
    batch_name: 'Name of its batch.',
    thread_name: 'Name of its thread.',
    status: 'Its status, as reported by the agent or the user.',
    created_at: time,
    updated_at: time,
    assigned_agent:
      'The agent for its thread, by its name in agents.yaml. Absent: the agent named `default`.',
    breadcrumb: 'Where to pick up next, from the last session.',
    report: 'What was done, or what blocks it.',
    sessions: 'The sessions of its thread, oldest first. Only on the first task of a thread.',
    currentSessionId: 'The running session of its thread. Absent if none is running.',
    damaged_sessions: 'Invalid entries of `sessions`, to be repaired and put back.',
    thread_v1: 'Other data about the thread from a threads.json of version 1.',
  },
)

describe(
  StoredSession,
  { id: 'SessionRecord', description: 'One run of one agent on one thread.' },
  {
    sessionId: "The runner's own id.",
    agentName: 'The agent, by its name in agents.yaml.',
    model: '`provider/model`, or `provider/model:variant`; empty for an agent that has none.',
    startedAt: time,
    completedAt: `${time} Absent while it is running, and if its end was not observed.`,
    status: 'Running, or its outcome.',
    exitCode: 'Exit code of its process.',
    attempt: "Number of the attempt; 1 for the thread's first session.",
    runner: 'The program that it ran on: `opencode` or `command`.',
    mode: 'A new conversation (`fresh`), or a resumed one (`resume`).',
    token: 'Set in the environment of its processes to find them again.',
    messageId: 'For opencode: the id of its prompt, created before sending it.',
    server: 'For opencode: the server address given with --server.',
    variant: 'The model variant; also the end of `model`.',
    note: "The user's note for this attempt.",
    doneWhen: 'What decides the outcome: the tasks that the agent reports, or its exit code.',
    timeout: 'Time limit, in milliseconds of supervised time.',
    retryAt: `The provider asked not to be called again before this time. ${time}`,
    signal: 'The signal that ended it.',
    reason: `Why it ended: ${reasons.join(', ')}; or a reason of a later version.`,
    detail: 'Its last relevant output.',
    process: 'Its process. Together these fields identify it even after its pid was reused.',
    origin: 'Where it was started. It is only supervised, stopped or resumed there.',
    usage: 'Its token usage and cost, if the runner reports it. Absent means unknown.',
    usedBefore: 'What its conversation had used before this attempt: some programs count all of it.',
    events: 'For command: the program whose events it writes, as in agents.yaml.',
    cwd: 'Working folder, relative to the repository root.',
    branch: 'The git branch of its working folder, if that is a checkout of its own.',
    clone: 'The state of its clone when it began.',
    startsOver: 'Its clone started over from the newest tip.',
    deliver:
      'What completes its thread after it: `merge` into the branch of the workstream, or `verify`. Absent: nothing more.',
    log: 'Path of its log files without extension, relative to the repository root.',
    runnerSessionId:
      "Its program's own id, if that is not `sessionId`: the program chose it, or version 1 invented the other.",
  },
)

const system = {
  host: 'Name of the machine.',
  bootId: 'Changes at every boot of the machine.',
  pidNamespace: 'The process id namespace, which differs in a container. Absent if the system has none.',
}

describe(
  StoredSession.shape.process.def.innerType,
  { description: 'The identity of a process.' },
  { pid: 'Process id.', startTicks: 'Its start time, as reported by the system.', ...system },
)

describe(
  StoredSession.shape.origin.def.innerType,
  { description: 'The checkout and system in which a session was started.' },
  {
    root: 'Root folder of the checkout.',
    folder: 'Device and inode of that folder: unchanged by a move, different for a copy.',
    ...system,
  },
)

describe(
  StoredSession.shape.usage.def.innerType,
  { description: 'Usage of a session.' },
  { inputTokens: 'Input tokens.', outputTokens: 'Output tokens.', cost: 'Cost in US dollars.' },
)

describe(
  StoredSession.shape.clone.def.innerType,
  { description: 'The state of the clone of a thread when a session began in it: full ids of commits.' },
  { base: 'The tip of the branch of the workstream that its changes are counted from.', start: 'HEAD.' },
)

describe(
  PlanningRecord,
  { description: 'How the plan of a workstream comes about.' },
  {
    requests: 'What was asked for, oldest first.',
    versions: 'The versions of PLAN.md that are kept in `planning/versions`, oldest first.',
    agent: 'The agent that plans.',
    template: 'The template that it fills in, by its name or path.',
    base: 'SHA-256 of the PLAN.md that the draft began from, in hex.',
    from_template: 'The PLAN.md that the draft began from was a template that nobody had filled in.',
    tree: 'What was changed in the working tree before the agent began, by path. Only for work itself.',
    elsewhere: 'What had changed outside of the workstream when its sessions ended, by path.',
    settled_at: `Time at which the last draft became the plan. ${time}`,
  },
)

describe(
  PlanningRequest,
  { description: 'Something that the planning was asked for.' },
  {
    kind: '`goal`: a new plan. `revise`: a change. `repair`: the agent got the problems of its draft. `edit`: you worked on the draft.',
    at: time,
    text: 'Your words.',
    problems: 'For `repair`: the problems of the draft.',
    sessions: 'How many sessions there had been before.',
    draft: 'SHA-256 of the draft before it, in hex. Absent if there was none.',
  },
)

describe(
  PlanVersion,
  { description: 'A version of PLAN.md.' },
  {
    number: 'From 1. Its file is `versions/<number>.md`.',
    at: time,
    hash: 'SHA-256 of its text, in hex.',
    by: 'Whose words it is made of: a `template`, the planning `agent`, or the `user`.',
  },
)

describe(
  IsolationRecord,
  { description: 'How the threads of a workstream are isolated.' },
  {
    mode: '`clone`: each thread works in a local clone of its own. `none`: all share the main working tree.',
    branch: 'The branch into which threads are merged.',
    from: 'The branch that was checked out when the first thread started. null for a detached HEAD.',
    base: 'The commit at which the branch begins.',
    at: time,
    landing: 'A landing that has begun and is not known to be complete: the next one completes it.',
    landed: 'The last landing in a branch of yours.',
  },
)

describe(
  LandingRecord,
  { description: 'A landing that has begun. Only for work itself.' },
  {
    tip: "The tip of the workstream's branch.",
    into: 'Your branch. null for a detached HEAD.',
    from: 'The commit of your branch before.',
    to: 'The commit of your branch afterwards.',
    kind: 'How it gets there: by `fast-forward`, a `merge`, or one commit (`squash`).',
    at: time,
  },
)

describe(
  LandedRecord,
  { description: 'The last landing of the workstream.' },
  {
    commit: 'The commit that your branch got.',
    tip: "The tip of the workstream's branch that it contains.",
    into: 'Your branch. null for a detached HEAD.',
    at: time,
  },
)

describe(
  ThreadEnvelope,
  { description: 'The saved state machine of a thread.' },
  {
    machine: 'Name of the machine.',
    version: 'Version of the machine.',
    savedAt: time,
    snapshot: 'The snapshot to restore it from.',
  },
)

describe(
  WorkIndex,
  { description: 'The workstreams, and the current one.' },
  {
    version: 'Version of this format: 1.0.0.',
    last_updated: `Time of the last write. ${time}`,
    current_stream: 'The default workstream of commands. Absent: none.',
    streams: 'All workstreams.',
  },
)

describe(
  StreamEntry,
  { id: 'Workstream', description: 'One workstream.' },
  {
    id: 'Its folder in `work/`, such as `005-session-tracking`.',
    name: 'Its id without the number, such as `session-tracking`.',
    order: 'Its number.',
    status: 'Only `on_hold` has a meaning beyond the status of its tasks.',
    approval: 'Approvals of its plan, tasks and stages. Absent: none yet.',
    created_at: time,
    updated_at: time,
    path: 'Its folder, relative to the repository root.',
    archived_at: `Time since when it is hidden from lists. ${time}`,
    planningSession: 'The session in which an earlier version planned it. The next planning continues it.',
  },
)

describe(
  PlanningSession,
  { description: 'A session of an earlier version. Only read.' },
  { sessionId: 'Its id.', createdAt: time },
)

const decision = {
  status: 'Status of the approval.',
  approved_at: time,
  approved_by: 'Who approved it.',
  revoked_at: time,
  revoked_reason: 'Why the approval was revoked.',
}

describe(
  Approval,
  { description: 'Approval of a plan.' },
  {
    ...decision,
    renumbered_at: 'The renumbering in tasks.json that is already applied to `stages`.',
    plan_hash: 'SHA-256 of the approved PLAN.md, in hex, to detect later changes.',
    stages: 'Approval of each finished stage, by its number without padding.',
    tasks: 'Approval of the tasks.',
  },
)

describe(
  StageApproval,
  { description: 'Approval of a finished stage.' },
  { ...decision, commit_sha: 'The approved commit.', name: 'The name of the stage.' },
)

describe(
  TasksApproval,
  { description: 'Approval of the tasks.' },
  { ...decision, task_count: 'The number of tasks.' },
)
