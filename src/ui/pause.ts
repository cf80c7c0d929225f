/** The longest that a timer of Node can wait, in milliseconds. */
const longestTimer = 2 ** 31 - 1

/** Waits so many milliseconds, but not any longer once the signal comes. Leaves no listener on the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, Math.min(ms, longestTimer))
    signal.addEventListener('abort', done)
  })
}
