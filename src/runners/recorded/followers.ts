import type { SeenSession } from '../../process/membership.ts'
import { lastLines } from '../tail.ts'
import type { Followed, RecordedProgram } from './program.ts'

/** What the sessions of a program say, each read on from where it was read to before. */
export class Followers {
  readonly #program: Pick<RecordedProgram, 'follow'>
  readonly #known = new Map<string, Followed>()

  constructor(program: Pick<RecordedProgram, 'follow'>) {
    this.#program = program
  }

  /** What a session says by now; undefined if its program is not read. */
  of(session: SeenSession): Followed | undefined {
    const key = keyOf(session)
    const followed = this.#known.get(key) ?? this.#program.follow?.(session)
    if (followed === undefined) return undefined
    this.#known.set(key, followed)
    followed.update()
    return followed
  }

  /** Its last line for display; undefined if its program is not read. */
  lineOf(session: SeenSession): string | undefined {
    const followed = this.of(session)
    return followed === undefined ? undefined : lastLines(followed.reading.line, 1).join()
  }

  /** Forgets a session that has ended. */
  forget(session: SeenSession): void {
    this.#known.delete(keyOf(session))
  }
}

function keyOf({ record: { token, sessionId } }: SeenSession): string {
  return token ?? sessionId
}
