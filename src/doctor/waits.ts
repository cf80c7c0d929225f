/** Milliseconds for which a lock may be held, usually while a file is written. Then `work doctor` warns. */
export const usualLockHold = 2000

/** Milliseconds between two looks at a lock. */
export const lockInterval = 50
