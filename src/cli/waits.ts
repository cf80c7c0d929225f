/** Milliseconds after which `work` says which sessions the end of a run, or `work stop`, waits for. */
export const stopNoticeDelay = 4000

/**
 * Milliseconds in which several signals are one key press: npm and other wrappers pass on the Ctrl-C that the terminal
 * has sent to `work` as well, and a service manager sends SIGTERM and SIGHUP at once.
 */
export const keyPressSpan = 300

/** Milliseconds for which a call of tmux may take. Then its window is reported as not opened. */
export const tmuxPatience = 10_000

/** Milliseconds between two looks at a log that is followed. */
export const followInterval = 150

/** Milliseconds between two looks at whether the session of a followed log is running, which cost more. */
export const followStatusInterval = 600

/** Milliseconds between two looks at the log that the board shows. */
export const boardLogInterval = 200

/** Milliseconds for which `gh` may take to read an issue. Then the issue is reported as not read. */
export const ghPatience = 30_000
