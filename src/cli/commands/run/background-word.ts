/** The first argument of a process that runs threads in the background. */
export const backgroundWord = 'background'
