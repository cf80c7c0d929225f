import type { Answer } from './answer.ts'

/**
 * What the planning of a workstream is asked for. `goal` begins a plan, `revise` changes the one that is there; `repair`
 * reports the problems of its draft to the same session; `edit`: the user works on the draft by hand, and no agent.
 */
export type DraftRequest =
  | { kind: 'goal' | 'revise'; text: string }
  | { kind: 'repair'; problems: readonly string[] }
  | { kind: 'edit' }

/**
 * How far the planning is, by its record and files. `empty`: nothing was ever asked for. `open`: the agent has not done
 * what was asked for last: it has not begun, is running, or was interrupted. `failed`: its session has failed.
 * `answered`: there is a draft to check. `settled`: the draft has become the plan.
 */
export type DraftStage = 'empty' | 'open' | 'failed' | 'answered' | 'settled'

export interface DraftStanding {
  stage: DraftStage
  /** How often its problems were reported to the session since the user asked for something. */
  repairs: number
  /** The user was the last to work on the draft. */
  isByHand: boolean
}

/** What checking a draft found. */
export interface DraftCheck {
  /** Problems with their lines, as they are shown; none for a valid draft. */
  problems: readonly string[]
  /** The number of open questions. */
  questions: number
}

/** How the session that drafts has ended; `left`: this process left it running. */
export type DraftingEnd = 'completed' | 'failed' | 'interrupted' | 'left'

/** What the user says of a valid draft. `answer`: its open questions are asked one by one. */
export type ReviewChoice = 'approve' | 'answer' | 'revise' | 'edit' | 'leave'

/** What to do with a draft that stays invalid, or when the agent has failed. */
export type RescueChoice = 'again' | 'revise' | 'edit' | 'leave'

/** How often the problems of a draft are reported to its session before the user is asked. */
export const mostRepairs = 3

/** What is known in advance. */
export interface DraftInput {
  /** What is asked for; null to continue with what is there. */
  request: DraftRequest | null
  /** A valid draft without open questions is approved. */
  isConfirmed: boolean
  /** There is somebody to ask. */
  canAsk: boolean
  /** An agent that has failed is started again. */
  retries: boolean
}

/**
 * How the flow ends. `approved`; `left`: a valid draft waits for approval; `questions`: it would be approved but for its open
 * questions; `invalid`: it has problems that the agent did not solve; `stopped`: the agent failed; `interrupted`: it was
 * stopped, or left running; `cancelled`: the user left; `nothing`: there is nothing to continue with; `failed`: something
 * was thrown.
 */
export type DraftEnd =
  | 'approved'
  | 'left'
  | 'questions'
  | 'invalid'
  | 'stopped'
  | 'interrupted'
  | 'cancelled'
  | 'nothing'
  | 'failed'

export interface DraftContext {
  input: DraftInput
  /** What must be recorded and done next; null when nothing is. */
  request: DraftRequest | null
  /** The agent is started again, once, if it has failed. */
  retries: boolean
  standing: DraftStanding
  check: DraftCheck
  end: DraftEnd
  error: unknown
}

export interface DraftOutput {
  end: DraftEnd
  check: DraftCheck
  /** For `failed`: what was thrown. */
  error: unknown
}

/** What the chart lets the command do. */
export interface DraftEffects {
  /** Reads how far the planning is. */
  look: () => Promise<DraftStanding>
  /** Asks what the plan is for, or what to change in the plan that is there. */
  askRequest: (standing: DraftStanding) => Promise<Answer<DraftRequest>>
  /** Records a request, durably, before anybody works on it. */
  keepRequest: (request: DraftRequest) => Promise<void>
  /** Runs the session until it has done what was asked for last, or has ended otherwise. */
  draft: () => Promise<DraftingEnd>
  /** Asks what to do after the agent has failed. */
  askAfterFailure: () => Promise<Answer<RescueChoice>>
  /** Checks the draft. */
  check: () => Promise<DraftCheck>
  /** Keeps the problems beside a draft that stays invalid, and asks what to do. */
  askInvalid: (check: DraftCheck) => Promise<Answer<RescueChoice>>
  /** The same when nobody can be asked. */
  keepProblems: (check: DraftCheck) => Promise<void>
  /** Shows the draft and asks what to do. */
  askReview: (check: DraftCheck) => Promise<Answer<ReviewChoice>>
  /** Asks the open questions one by one; the answers go into the draft. */
  answerQuestions: () => Promise<void>
  /** Opens the draft in the user's editor. */
  edit: () => Promise<void>
  /** Makes the draft the plan and approves it with its tasks. `back`: the user did not want that after all. */
  approve: () => Promise<'approved' | 'back'>
  /** Leaves a valid draft for later: where nobody has written a plan it becomes the plan, not approved. */
  leave: () => Promise<void>
}
