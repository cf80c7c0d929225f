/**
 * Milliseconds for which a lock file of git on a branch or ref of `work` must have stayed unchanged, and open in no
 * process, before it counts as left behind by a git command that was killed.
 */
export const refLockPatience = 10_000

/** Milliseconds between two looks at such a lock file. */
export const refLockInterval = 200
