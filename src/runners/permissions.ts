/** What an agent may do without being asked: look; work on files and run commands; everything. */
export const permissionWords = ['read', 'edit', 'full'] as const
export type Permissions = (typeof permissionWords)[number]
