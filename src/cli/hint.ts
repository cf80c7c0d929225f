import { withCommands, type CommandLine, type Hint, type HintSource } from '../text/hint.ts'

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
 * that prints it are added where they do not name others.
 */
export function placeHint(hint: HintSource): Hint {
  return withCommands(hint, placeCommand)
}

function placeCommand(line: CommandLine): CommandLine {
  const [program = '', name = '', ...args] = line
  const isStreamTaken = program === 'work' ? takesStream(name) : undefined
  if (isStreamTaken === undefined || args.includes('--help')) return line
  const { stream, repoRoot } = place
  return [
    program,
    name,
    ...(stream === undefined || !isStreamTaken || args.includes('--stream') ? [] : ['--stream', stream]),
    ...(repoRoot === undefined || args.includes('--repo-root') ? [] : ['--repo-root', repoRoot]),
    ...args,
  ]
}

/**
 * `--stream <id>` for a command about this workstream; nothing when that is the current one, or named by the command
 * that runs, so that {@link placeHint} adds it.
 */
export function streamFlag(streamId: string, current: string | undefined): string[] {
  return streamId === current && place.stream === undefined ? [] : ['--stream', streamId]
}
