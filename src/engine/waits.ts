/**
 * Milliseconds for which a run, or an agent's report, waits for a state file that is missing or unreadable, as during
 * `git stash`. Then it ends with the error.
 */
export const stateFilePatience = 10_000

/** Milliseconds between two looks for a state file. */
export const stateFileInterval = 100

/**
 * Milliseconds for which an agent's `work` command waits for the files of `work`, which are missing for a moment while
 * another version is installed. Then it fails.
 */
export const installPatience = 10_000

/** Milliseconds between two looks for the files of `work`. */
export const installInterval = 500

/**
 * Milliseconds for which `work stop` waits for the process that runs the threads to read its request. Then it reports
 * that the process may be suspended.
 */
export const stopRequestPatience = 10_000

/** Milliseconds between two looks at whether threads have stopped. */
export const stoppedInterval = 100

/** Milliseconds between two looks at the output of running threads, and at stop requests. */
export const superviseInterval = 250

/**
 * Milliseconds for which an agent that has reported all its tasks may be silent without ending: it may still clean up.
 * Then it counts as hanging, and is stopped.
 */
export const hangPatience = 10 * 60_000

/**
 * Milliseconds for which a run waits for its sessions after the second Ctrl-C. Then it ends without them, and
 * `work continue` stops what is left.
 */
export const killedSessionPatience = 5000

/** Milliseconds after which a change of tasks.json is logged as one that waited: others held the lock, or the disk is slow. */
export const longCommit = 100

/** Milliseconds between two looks of a thread whose work waits to be merged: for its turn. */
export const turnInterval = 200
