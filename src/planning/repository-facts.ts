export interface RepositoryFacts {
  files: readonly string[]
}
export function readRepositoryFacts(_root: string, _env: Record<string, string>): Promise<RepositoryFacts> {
  return Promise.resolve({ files: [] })
}
