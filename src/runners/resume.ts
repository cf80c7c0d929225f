/** The alternative if a session can't be resumed. */
export const retryInstead = 'Retry starts a new session with the open tasks.'
