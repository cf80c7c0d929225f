export type TreeRecord = Record<string, string>
export function recordTree(
  _root: string,
  _env: Record<string, string>,
  _except: string,
): Promise<TreeRecord | undefined> {
  return Promise.resolve(undefined)
}
export function changedElsewhere(_before: TreeRecord, _after: TreeRecord): string[] {
  return []
}
