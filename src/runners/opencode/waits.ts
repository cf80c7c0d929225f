/** Milliseconds for which a call to an opencode server may take. Then it is repeated once, on a new connection. */
export const callPatience = 30_000

/** Milliseconds between two attempts to reach a server. */
export const reconnectInterval = 250

/**
 * Milliseconds for which commands that only look, such as `work status`, wait for an opencode server. Then its sessions
 * count as running.
 */
export const glancePatience = 5000

/** Milliseconds for which `opencode models` may take. Then the models can't be listed. */
export const modelsPatience = 30_000

/** Milliseconds for which the start of an opencode session waits for the events of its server. Then it starts anyway. */
export const eventsPatience = 5000

/** Milliseconds between two looks at a watched session without news. */
export const newsInterval = 5000

/** Milliseconds between two looks at a session that has no answer so far, or whose time is up. */
export const unclearInterval = 500

/** Milliseconds for which an accepted prompt may have no sign of an answer. Then the session ends as `server-lost`. */
export const answerPatience = 60_000

/**
 * Milliseconds for which a running server may fail to report the status of a session. Then the session ends as
 * `server-lost`.
 */
export const statusPatience = 60_000

/**
 * Milliseconds for which the prompt of a stopped session may take to begin: seconds on a very busy machine. Then the
 * session has not begun; if it does later, it works on unseen.
 */
export const stoppedBeginPatience = 20_000

/** Milliseconds for which an aborted session may take to finish. Then `work` reports that it could not be stopped. */
export const abortPatience = 10_000

/** Milliseconds for which a provider may ask to pause before its next attempt. Then the session ends as `rate-limited`. */
export const longestRetry = 120_000

/** Milliseconds for which an answer may stay open after its session is idle. Then the session has ended without it. */
export const settleTime = 400

/** Milliseconds for which `work session attach` waits for a running session to be on its server. Then it fails. */
export const attachPatience = 60_000

/** Milliseconds between two looks for the session to attach to. */
export const attachInterval = 200

/** Milliseconds for which `work doctor` does not list an unpacked library: it may be about to be used. */
export const libraryAge = 60_000
