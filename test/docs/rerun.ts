import { partsOf } from './page.ts'
import { saysTheSame } from './same.ts'
import { Typist } from './typist.ts'

/**
 * Types every command of a page into a terminal, in a new repository with the files of the page, and gives the page with
 * what was shown. What says the same as before stays as it is written.
 */
export async function rerun(page: string): Promise<string> {
  const parts = partsOf(page)
  const lines = page.split('\n')
  const typist = await Typist.sit()
  const changes: { from: number; to: number; shown: string[] }[] = []
  for (const [index, part] of parts.entries()) {
    const asks = parts[index + 1]?.type === 'keys'
    if (part.type === 'file') typist.write(part.path, part.text)
    if (part.type === 'anew') await typist.beginAnew()
    if (part.type === 'command' || part.type === 'keys') {
      const { from, to } = part
      const isWritten = (shown: string[]) => saysTheSame(lines.slice(from, to), shown)
      const shown =
        part.type === 'command'
          ? await typist.type(part.command, asks, isWritten)
          : await typist.answer(part.answers, asks, isWritten)
      if (!isWritten(shown)) changes.push({ from, to, shown })
    }
  }
  for (const { from, to, shown } of changes.toReversed()) lines.splice(from, to - from, ...shown)
  return lines.join('\n')
}
