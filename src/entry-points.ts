import { fileURLToPath } from 'node:url'

/** The built program itself, as an absolute path. All of it lies in one folder. */
export const program = beside('main.js')

/** The programs that outlive it. */
export const helpers = { recorder: beside('recorder.js'), keeper: beside('keeper.js') }

function beside(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
