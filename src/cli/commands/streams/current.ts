import { exitCodes, WorkError } from '../../../errors.ts'
import { findStream, type StreamEntry } from '../../../store/index/index-file.ts'
import { namedStream, openRepository, type CommonOptions } from '../../context.ts'
import { print, printJson, say } from '../../output.ts'
import { work } from '../../../text/hint.ts'

export interface CurrentOptions extends CommonOptions {
  set?: string
  clear?: boolean
}

/** `work current`: shows or chooses the workstream that commands mean. Exits with 1 when asked for it and there is none. */
export async function current(word: string | undefined, asked: CurrentOptions): Promise<number> {
  const { index } = openRepository(asked)
  if (word !== undefined && asked.set !== undefined && word !== asked.set) {
    throw new WorkError(`The workstream is specified twice: ${word}, and --set ${asked.set}.`, {
      code: 'usage',
      hint: work('current', word),
    })
  }
  const options = word === undefined ? asked : { ...asked, set: word }
  if (options.set !== undefined && options.clear === true) {
    throw new WorkError('--set and --clear cannot be combined.', {
      code: 'usage',
    })
  }
  if (options.set !== undefined) {
    const name = options.set
    const entry = await index.commit((file) => {
      const found = findStream(file, name)
      file.current_stream = found.id
      return found
    })
    show(entry, options)
    return 0
  }
  if (options.clear === true) {
    await index.commit((file) => {
      delete file.current_stream
    })
    show(undefined, options)
    return 0
  }
  const entry = namedStream(index.read(), options)
  show(entry, options)
  return entry === undefined ? exitCodes.unfinished : 0
}

function show(entry: StreamEntry | undefined, { json, clear }: CurrentOptions): void {
  if (json === true) printJson({ current: entry?.id ?? null })
  else if (entry !== undefined) print([entry.id])
  if (entry !== undefined) return
  say('No workstream is current.')
  if (clear !== true) say({ next: work('current', '--set', '<id>') })
}
