/** Milliseconds for which an unused opencode server keeps running. Then it ends by itself. */
export const idleLife = 10 * 60_000

/** Milliseconds between two looks of a keeper at its server. */
export const keeperInterval = 1000

/** Milliseconds for which one attempt to start a server may take. Then starting the server has failed. */
export const listenPatience = 30_000

/** Milliseconds for which a server that is starting may take to answer whether it is well. Then it is asked again. */
export const firstHealthPatience = 5000

/** Milliseconds between two looks at a server that starts or ends. */
export const serverInterval = 25

/** Milliseconds between two attempts to start a server, at least. */
export const leastRestartDelay = 200

/** Milliseconds between two attempts that are added at random, at most: servers that started at once do not meet again. */
export const restartSpread = 800

/** Milliseconds for which a run waits for a server that is starting, in all its attempts. Then it fails with the server's log. */
export const startPatience = 120_000

/**
 * Milliseconds for which a running server may be too busy to answer, since ending it would lose its work. Then it counts
 * as dead, and is replaced.
 */
export const busyPatience = 30_000

/** Milliseconds for which a server may be out of reach, since a single connection may fail. Then it counts as dead. */
export const reachPatience = 3000

/** Milliseconds for which the last question to a busy server may take, even where less is left. Then it counts as dead. */
export const lastHealthPatience = 1000

/** Milliseconds between two questions to a server that is out of reach. */
export const reachInterval = 100

/** Milliseconds for which a command waits for another process to end the server, or to become its keeper. Then it continues. */
export const takeOverPatience = 20_000

/** Milliseconds for which a server may react to SIGTERM. Then SIGKILL follows. */
export const serverGrace = 5000

/** Milliseconds for which a server may take to be gone after SIGKILL. Then it is left alone. */
export const serverKillPatience = 5000

/** Milliseconds between two looks at a server that was signalled. */
export const serverGoneInterval = 20

/** Milliseconds for which an abort may take. Then the server is ended, or the abort repeated. */
export const abortCallPatience = 10_000

/** Milliseconds for which a server may take to list its sessions or models. Then it counts as busy, or the listing fails. */
export const listPatience = 60_000

/** Milliseconds by which the clock may have been set back since a server was started: its sessions are still found. */
export const clockTolerance = 60_000

/** Milliseconds between two looks of a keeper at whether sessions with a timeout are working. */
export const limitInterval = 5000

/** Milliseconds for which a session with a timeout may be idle after it has worked. Then its time is no longer counted. */
export const idlePatience = 15_000

/** Milliseconds for which an overdue session may take to begin: an accepted prompt may have to wait. Then it is forgotten. */
export const overdueBeginPatience = 60_000
