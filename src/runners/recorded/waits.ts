/** Milliseconds for which `work` waits for a recorder to take over its session. Then the session could not be started. */
export const claimPatience = 10_000

/** Milliseconds between two looks for what is expected very soon: a recorder's claim, or the end of a stopped session. */
export const claimInterval = 20

/**
 * Milliseconds for which `work` waits for a recorder to write down the process of its agent. Then the process is looked
 * for, as when the disk is full.
 */
export const agentRecordPatience = 1000

/** Milliseconds between two looks at the files of a running session. */
export const sessionInterval = 100

/** Milliseconds for which a session may react to SIGINT, and then to SIGTERM. Then the next signal follows, SIGKILL last. */
export const signalGrace = 3000

/** Milliseconds for which a session may take to end after SIGKILL. Then `work` reports that it could not be stopped. */
export const sigkillPatience = 10_000

/**
 * Milliseconds for which `work` waits for the end of a session whose recorder it had to kill. Then it reports that the
 * session could not be stopped.
 */
export const killedRecorderPatience = 1000

/**
 * Milliseconds for which the remaining processes of a lost session may react to SIGTERM before the thread is run again.
 * Then SIGKILL follows.
 */
export const strayGrace = 2000

/** Milliseconds for which `work` waits for remaining processes to be gone after SIGKILL. Then it continues. */
export const strayKillPatience = 2000

/** Milliseconds between two looks at remaining processes. */
export const strayInterval = 20

/** Milliseconds for which what an agent has left in its group may react to SIGTERM. Then SIGKILL follows. */
export const leftoverGrace = 2000

/** Milliseconds between two looks of a recorder at processes that it ends. */
export const recorderInterval = 50

/** Milliseconds between two attempts of a recorder to write the end of its session on a full disk. */
export const exitWriteInterval = 1000

/** Milliseconds for which `work` waits for a program to report its own id of a session. Then the id that it was given counts. */
export const ownIdPatience = 10_000

/** Milliseconds for which a session that says that it has ended may take to exit. Then it is ended, and its word counts. */
export const lingerTime = 10_000
