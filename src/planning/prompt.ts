export function planningPrompt(x: { goal: string; draft: string; [key: string]: unknown }): string {
  return `GOAL ${x.goal}\nWrite ${x.draft}\n`
}
export function repairPrompt(x: { draft: string; problems: readonly string[]; left: number }): string {
  return `REPAIR ${x.draft}\n${x.problems.join('\n')}\n`
}
export function revisionPrompt(x: { draft: string; request: string; isStarted: boolean }): string {
  return `REVISE ${x.draft}\n${x.request}\n`
}
