import type { Workspace } from '../paths.ts'
export function readTemplate(
  name: string,
  _workspace: Workspace,
  _from: string,
): { name: string; text: string } {
  return { name, text: '' }
}
