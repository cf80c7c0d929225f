/** Milliseconds for which `work` waits for a program to print its version. Then the version is unknown. */
export const versionPatience = 15_000

/**
 * Milliseconds for which the time between two looks at a session counts against its timeout. Then the machine slept,
 * and the rest does not count.
 */
export const longestStep = 10_000

/** Milliseconds between two looks at a session's time, and so the maximum delay of its end. */
export const timeoutInterval = 1000
