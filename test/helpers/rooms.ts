import type { SourceFile, SourceImport } from './source-file.ts'

interface Rules {
  /** Rooms and single files that this one may import, apart from its own. */
  to: string[]
  /** Further ones, of which it may import types only. */
  types?: string[]
  /** Whether it may import packages and node modules; `doors` says which packages. */
  libraries: boolean
}

const errors = 'src/errors.ts'
const programs = 'src/entry-points.ts'
const text = 'src/text'
const fileWrites = 'src/files'
const bottom = [errors, text, fileWrites, 'src/ids.ts', 'src/paths.ts']
const check = 'src/doctor/check.ts'
const statuses = 'machines/statuses.ts'

/** What each room may import. A file without a folder is a room of its own. */
const rooms: Record<string, Rules> = {
  [statuses]: { to: [], libraries: false },
  machines: { to: [statuses], libraries: true },
  [errors]: { to: [text], libraries: true },
  [text]: { to: [], libraries: true },
  [fileWrites]: { to: [errors, text], libraries: true },
  'src/ids.ts': { to: bottom, libraries: true },
  'src/paths.ts': { to: bottom, libraries: true },
  [programs]: { to: [], libraries: true },
  'src/plan': { to: [...bottom, statuses], libraries: true },
  'src/store': { to: [...bottom, statuses], types: ['machines/session.ts'], libraries: true },
  'src/process': { to: [...bottom, statuses], types: ['machines'], libraries: true },
  'src/log': { to: [...bottom, 'src/store'], libraries: true },
  [check]: { to: bottom, libraries: true },
  'src/runners': {
    to: [...bottom, statuses, check, 'src/process', 'src/store', 'src/log'],
    types: ['machines'],
    libraries: true,
  },
  'src/agents': {
    to: [...bottom, 'src/process', 'src/store', 'src/runners', 'src/clones'],
    libraries: true,
  },
  'src/clones': {
    to: [...bottom, statuses, 'src/process', 'src/store', 'src/log'],
    types: ['machines'],
    libraries: true,
  },
  'src/schema': { to: [...bottom, statuses, 'src/store', 'src/runners', 'src/agents'], libraries: true },
  'src/threads': {
    to: [...bottom, statuses, 'machines', 'src/process', 'src/store', 'src/plan', 'src/runners'],
    types: ['src/agents', 'src/approval'],
    libraries: true,
  },
  'src/approval': {
    to: [...bottom, statuses, 'src/process', 'src/store', 'src/plan', 'src/threads', 'src/clones'],
    types: ['machines'],
    libraries: true,
  },
  'src/prompts': {
    to: [...bottom, statuses, 'src/store', 'src/plan', 'src/threads'],
    types: ['machines'],
    libraries: true,
  },
  'src/planning': {
    to: [
      ...bottom,
      statuses,
      'src/process',
      'src/store',
      'src/plan',
      'src/agents',
      'src/threads',
      'src/approval',
    ],
    types: ['machines'],
    libraries: true,
  },
  'src/engine': {
    to: [
      ...bottom,
      statuses,
      'machines',
      'src/process',
      'src/store',
      'src/plan',
      'src/log',
      'src/runners',
      'src/clones',
      'src/agents',
      'src/threads',
      'src/approval',
      'src/prompts',
      'src/planning',
    ],
    libraries: true,
  },
  'src/doctor': {
    to: [
      ...bottom,
      check,
      'src/process',
      'src/store',
      'src/runners',
      'src/clones',
      'src/agents',
      'src/threads',
      'src/planning',
      'src/engine',
    ],
    types: ['machines'],
    libraries: true,
  },
  'src/ui': { to: [errors, 'src/ids.ts', text, statuses], types: ['machines'], libraries: true },
  'src/diagram': { to: ['machines', statuses, text, 'src/ui'], libraries: true },
  'src/cli': {
    to: [
      ...bottom,
      statuses,
      'src/ui',
      'src/store',
      'src/plan',
      'src/diagram',
      'src/engine',
      'src/process',
      'src/runners',
      'src/clones',
      'src/threads',
      'src/approval',
      'src/prompts',
      'src/planning',
      'src/agents',
      check,
      'src/doctor',
      'src/schema',
      'src/log',
      programs,
      'package.json',
    ],
    types: ['machines'],
    libraries: true,
  },
  'src/index.ts': {
    to: [
      ...bottom,
      programs,
      statuses,
      'src/store',
      'src/runners',
      'src/agents',
      'src/threads',
      'src/approval',
      'src/engine',
    ],
    types: ['machines/session.ts'],
    libraries: true,
  },
  'src/main.ts': { to: ['src/cli', errors], libraries: true },
}

interface Door {
  library: RegExp
  /** Where it may be imported. */
  at: string[]
  /** Where its types may be imported as well. */
  types?: string[]
}

/** Each library has one door. */
const doors: Door[] = [
  { library: /^commander$/, at: ['src/cli/program.ts'], types: ['src/cli'] },
  { library: /^(enquirer|log-update|@xstate\/store)$/, at: ['src/ui'] },
  { library: /^@opencode-ai\/sdk/, at: ['src/runners/opencode'] },
  { library: /^execa$/, at: ['src/process/spawn.ts', 'src/runners/recorded/start-recorder.ts'] },
  { library: /^(write-file-atomic|fs-native-extensions)$/, at: ['src/store'] },
  { library: /^yaml$/, at: ['src/agents'] },
  { library: /^(mdast|micromark)/, at: ['src/plan'] },
  { library: /^xstate$/, at: ['machines', 'src/engine', 'src/diagram', 'src/threads', 'src/log'] },
  { library: /^@viz-js\/viz$/, at: ['src/diagram'] },
  {
    library: /^zod$/,
    at: ['src/store', 'src/engine', 'src/runners', 'src/threads', 'src/agents', 'src/schema'],
  },
]

/** Where a global may be used. `console` has no place at all: what is written goes through a stream that is passed. */
const globals = [
  { name: /^process\.cwd$/, at: ['src/main.ts', 'src/cli', 'src/engine', 'src/doctor'] },
  { name: /^process\.exit$/, at: ['src/main.ts', 'src/runners/recorded/recorder.ts'] },
  { name: /^console\./, at: [] },
]

/** Programs that outlive `work` and must start at once: they load these, and what comes with Node. */
const outliving = {
  paths: ['src/runners/recorded/recorder.ts', 'src/runners/opencode/server/keeper.ts'],
  loads: ['src/runners', 'src/process', errors, text, fileWrites],
}

/** Everything that these files do and may not, as `file → what: why`. */
export function violationsOf(files: readonly SourceFile[]): string[] {
  return [...files.flatMap(violationsIn), ...recorderViolations(files)]
}

function violationsIn(file: SourceFile): string[] {
  const room = roomOf(file.path)
  const rules = room === undefined ? undefined : rooms[room]
  if (room === undefined || rules === undefined) return [`${file.path}: stands in no room of the design`]
  const found = file.imports.map((wanted) => objectionTo(file.path, { room, rules }, wanted))
  const used = globals
    .filter(({ at }) => !isWithin(file.path, at))
    .flatMap(({ name }) => file.globals.filter((global) => name.test(global)))
    .map((global) => `${file.path} → ${global}: is not to be used here`)
  return [...badFolders(file.path), ...found.flat(), ...used]
}

function objectionTo(
  path: string,
  { room, rules }: { room: string; rules: Rules },
  { to, typeOnly }: SourceImport,
): string[] {
  const object = (why: string) => [`${path} → ${to ?? '(computed)'}: ${why}`]
  if (to === null) return object('an import is named by a string, or no one can tell what it is')
  if (isLibrary(to)) {
    const door = doors.find(({ library }) => library.test(to))
    if (!rules.libraries) return object(`${room} imports nothing`)
    if (room === 'machines' && to !== 'xstate') return object('machines import only xstate')
    if (door === undefined || isWithin(path, [...door.at, ...(typeOnly ? (door.types ?? []) : [])])) return []
    return object(`its door is ${door.at.join(', ')}`)
  }
  const target = roomOf(to) ?? to
  if (isOfOneRunner(to) && room !== 'src/runners') return object('only the registry knows the runners')
  if (target === room || isWithin(target, rules.to)) return []
  if (isWithin(to, rules.types ?? [])) {
    return typeOnly ? [] : object(`${room} may import only types of it, with import type`)
  }
  return object(`${room} may not import ${target}`)
}

function recorderViolations(files: readonly SourceFile[]): string[] {
  const loaded = new Set(outliving.paths)
  const found: string[] = []
  for (const path of loaded) {
    for (const { to, typeOnly } of files.find((file) => file.path === path)?.imports ?? []) {
      if (typeOnly || to === null || to.startsWith('node:')) continue
      if (!isLibrary(to) && isWithin(to, outliving.loads)) loaded.add(to)
      else found.push(`${path} → ${to}: the recorder loads only node modules and files of its room`)
    }
  }
  return found
}

function badFolders(path: string): string[] {
  const bad = path
    .split('/')
    .slice(0, -1)
    .filter((name) => ['utils', 'lib', 'common', 'helpers', 'types'].includes(name))
  return bad.map((name) => `${path}: a folder "${name}" says nothing; a function lives with its noun`)
}

/** The room that a path of the repository belongs to; the most particular, where it is a room of its own. */
function roomOf(path: string): string | undefined {
  return (
    Object.keys(rooms).find((room) => room === path) ??
    Object.keys(rooms).find((room) => isWithin(path, [room]))
  )
}

function isWithin(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || path.startsWith(`${place}/`))
}

/** Whether a file belongs to one runner: its folder is a plug-in. */
function isOfOneRunner(path: string): boolean {
  return /^src\/runners\/[^/]+\//.test(path)
}

/** Files of the repository have an ending; libraries have none. */
function isLibrary(name: string): boolean {
  return name.startsWith('node:') || !/\.(ts|json)$/.test(name)
}
