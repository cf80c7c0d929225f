/** Milliseconds between two looks at whether the board must be drawn again. */
export const boardInterval = 100

/** Milliseconds between two drawings of a board on which only the clocks change. */
export const clockInterval = 1000

/** Milliseconds between two drawings of what is shown until it is stopped, such as `work status --watch`. */
export const watchInterval = 1000
