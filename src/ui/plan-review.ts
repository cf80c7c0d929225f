export function renderPlanReview(x: { name: string; plan: unknown; [key: string]: unknown }): string[] {
  return [`REVIEW ${x.name}`]
}
