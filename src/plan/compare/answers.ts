/** The user's answers about threads that changed. */
export interface Answers {
  /** Recorded id → id in the plan: the same thread, whatever its name and steps are now. */
  renamed: ReadonlyMap<string, string>
  /** Ids in the plan whose thread is not the one recorded at this id. */
  fresh: ReadonlySet<string>
  /** Recorded ids of threads that are no longer in the plan. */
  keep: ReadonlySet<string>
  drop: ReadonlySet<string>
  /** Moved threads keep their history under their new ids. */
  renumber: boolean
  /**
   * Answers everything that is still open: moved threads are renumbered, changed ones are new, missing ones dropped.
   */
  force: boolean
}

/** No answers. */
export const noAnswers: Answers = {
  renamed: new Map(),
  fresh: new Set(),
  keep: new Set(),
  drop: new Set(),
  renumber: false,
  force: false,
}
