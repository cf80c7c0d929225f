/** Whether a path of a repository is `work/` or below it. */
export function isBelowWork(path: string): boolean {
  return path === 'work' || path.startsWith('work/')
}
