/** The entries of an output of git that ends each with NUL. */
export function entriesOf(output: string): string[] {
  return output.split('\0').filter((entry) => entry !== '')
}

/** Whether a path of a repository is `work/` or below it. */
export function isBelowWork(path: string): boolean {
  return path === 'work' || path.startsWith('work/')
}
