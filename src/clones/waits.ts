/** Milliseconds for which a command that prepares or verifies a clone may react to SIGTERM. Then SIGKILL follows. */
export const stepGrace = 3000

/**
 * Milliseconds for which the processes of such a command may take to be gone after SIGKILL. Then `work` reports that they
 * are still running.
 */
export const stepEndPatience = 10_000

/** Milliseconds between two looks for the end of such processes. */
export const stepInterval = 20

/**
 * Milliseconds for which a lock file of git on a ref of `work` may stay unchanged, with no process that has it open. Then
 * it counts as left behind by a killed command, and is removed.
 */
export const refLockPatience = 10_000

/** Milliseconds between two looks at such a lock file. */
export const refLockInterval = 200
