/** Where the command that runs was asked to work; a hint that lacks it would work elsewhere. */
export interface HintPlace {
  stream?: string | undefined
  repoRoot?: string | undefined
}

/** Whether the command of a name takes `--stream`; undefined when there is no such command. */
type TakesStream = (command: string) => boolean | undefined

let place: HintPlace = {}
let takesStream: TakesStream = () => undefined

/** Every hint that is printed from now on names this workstream and this repository. */
export function setHintPlace(named: HintPlace, commands: TakesStream): void {
  place = named
  takesStream = commands
}

/**
 * A hint whose commands do what they say when they are typed as they are: `--stream` and `--repo-root` of the command
 * that prints it are added where it does not name others.
 */
export function placeHint(hint: string): string {
  const { stream, repoRoot } = place
  const adds = [
    ...(stream === undefined || hint.includes('--stream')
      ? []
      : [{ flag: `--stream ${quote(stream)}`, isStream: true }]),
    ...(repoRoot === undefined || hint.includes('--repo-root')
      ? []
      : [{ flag: `--repo-root ${quote(repoRoot)}`, isStream: false }]),
  ]
  if (adds.length === 0) return hint
  return hint.replaceAll(/\bwork ([a-z-]+)\b(?! --help)/g, (command, name: string) => {
    const isStreamTaken = takesStream(name)
    if (isStreamTaken === undefined) return command
    const flags = adds.filter(({ isStream }) => !isStream || isStreamTaken).map(({ flag }) => flag)
    return [command, ...flags].join(' ')
  })
}

/**
 * `--stream <id>` with a space before it, for a command about this workstream; empty when that is the current one, or
 * named by the command that runs, so that {@link placeHint} adds it.
 */
export function streamFlag(streamId: string, current: string | undefined): string {
  return streamId === current && place.stream === undefined ? '' : ` --stream ${streamId}`
}

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
