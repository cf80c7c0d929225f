// What text of users and agents costs to read, whatever it holds: npm run bench, or
// node test/bench/parsing.mjs --seed 1 --cases 100 --bytes 100000
import { build } from 'esbuild'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

/** Seconds of CPU for one text. A loaded machine counts more, so the time of a plain loop is shown beside it. */
const limit = 2
const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '100' },
    bytes: { type: 'string', default: '100000' },
    show: { type: 'string', default: '10' },
    all: { type: 'boolean', default: false },
  },
})
const bytes = Number(values.bytes)
const random = seededRandom(Number(values.seed))

const tokens = [
  '>',
  '> ',
  '- ',
  '* ',
  '+ ',
  '1. ',
  '1) ',
  '-\t',
  '>\t',
  '- > ',
  '    ',
  '\t',
  ' ',
  '\\',
  '*',
  '**',
  '**a',
  '_',
  '__a_',
  '~~',
  '`',
  '``',
  '`` ` ',
  '~~~',
  '```',
  '```\n',
  '[',
  '[a]',
  '[a](',
  '![',
  '](',
  '[a]: b',
  '[a]: <',
  '[ ] ',
  '- [ ] a',
  '- [x]',
  '[^',
  '<',
  '<a ',
  '<!--',
  '-->',
  '<!-- a -->',
  '<?',
  '<![CDATA[',
  '<a href="',
  '<div>',
  '</div>',
  '<script>',
  '&amp;',
  '# ',
  '###### ',
  '#### Stage 1:',
  '### Stage',
  '###### Thread 02: a',
  '## Summary\n\na',
  '-',
  '---',

  '**Details:** ',
  '**details ',
  'Summary: ',
  'Inputs: a/b ',
  'a/b.c, ',
  'a',
  'a\n\n',
  '- a\n\nb\n\n',
  '\n',

  '- [ ] Task 01.01.01.01: a',
  '  > Report: a',
  '#### Thread 01: a @agent:',
  '1.1.1.1 ',
  '=',
  '|',
  '..',

  '\u001B',
  '\u001B[',
  '\u001B]',
  '\u001B];',
  '\u009B;',
  'é',
  '語',
  '😀',
  '\u0301',
  '\r',
  '\u2028',
  '{',
  '}',
  ': ',
]
const layouts = {
  'one line': (a, b) => repeat(a + b, bytes),
  'many lines': (a, b) => repeat(`${a}${b}\n`, bytes),
  'many blocks': (a, b) => repeat(`${a}\n\n${b}\n\n`, bytes),
  'one after the other': (a, b) => repeat(a, bytes / 2) + repeat(b, bytes / 2),
  'a line of each': (a, b) => `${repeat(a, bytes / 2)}\n${repeat(`${b}\n`, bytes / 2)}`,
  'a staircase': (a, b) => staircase(a, bytes / 2) + repeat(`${b}\n`, bytes / 2),
}
const places = {
  thread: (text) => `${stage}\n##### Batch 01: B\n\n###### Thread 01: C\n\n${text}\n`,
  heading: (text) => `${stage}\n##### Batch 01: B\n\n###### Thread 01: ${text}\n`,
  questions: (text) => `${stage}\n#### Stage Questions\n\n${text}\n`,
  constitution: (text) => `${stage}\n#### Stage Constitution\n\n**Inputs:** ${text}\n`,
  references: (text) => `# Plan: P\n\n## References\n\n${text}\n`,
}
const stage = '# Plan: P\n\n## Summary\n\nS.\n\n## Stages\n\n### Stage 01: A\n'

const folder = mkdtempSync(join(tmpdir(), 'work-bench-'))
try {
  const readers = makeReaders(await loadSource())
  const costs = []
  for (const input of cases()) {
    for (const [reader, read] of Object.entries(readers)) {
      const seconds = cpuOf(() => read(input.text, input.place))
      costs.push({ seconds, name: `${reader}: ${input.name}` })
      if (seconds > limit) report(seconds, `${reader}: ${input.name}`)
    }
  }
  costs.sort((left, right) => right.seconds - left.seconds)
  process.stdout.write(`${costs.length} texts of ${bytes} bytes, seed ${values.seed}; the slowest:\n`)
  for (const { seconds, name } of costs.slice(0, Number(values.show))) report(seconds, name)
  report(cpuOf(plainLoop), 'for comparison: a loop of 100 million additions')
  if (costs.some(({ seconds }) => seconds > limit)) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true })
}

/** Every token alone and some pairs (all, with --all), each in a layout and at a place that the seed chooses. */
function* cases() {
  for (const token of tokens) for (const layout of Object.keys(layouts)) yield caseOf(token, '', layout)
  if (values.all) {
    for (const a of tokens)
      for (const b of tokens) for (const layout of Object.keys(layouts)) yield caseOf(a, b, layout)
    return
  }
  for (let count = 0; count < Number(values.cases); count += 1) {
    yield caseOf(pick(tokens), pick(tokens), pick(Object.keys(layouts)))
  }
}

function caseOf(a, b, layout) {
  const place = random() < 0.5 ? 'thread' : pick(Object.keys(places))
  return {
    text: layouts[layout](a, b),
    place,
    name: `${JSON.stringify(a)} ${JSON.stringify(b)}, ${layout}, ${place}`,
  }
}

/** What reads text of users and agents. What it makes of the text is not looked at, only how long it takes. */
function makeReaders(source) {
  const task = { id: '01.01.01.01', name: 'a', status: 'pending' }
  const thread = { id: '01.01.01', name: 'C', tasks: [task], sessions: [] }
  return {
    'PLAN.md': (text, place) => {
      const whole = places[place](text)
      source.checkPlan(whole, source.parsePlan(whole).plan, () => false)
    },
    'TASKS.md': (text) => source.parseTasksMd(text),
    prompt: (text) => source.listTasksLeft(text, thread),
    'agents.yaml': (text) => source.findDeepYaml(text) ?? source.parseDocument(text, { prettyErrors: false }),
    log: (text) => source.plainLine(text),
    screen: (text) => source.oneLine(text),
    message: (text) => source.wrapLine(source.oneLine(text), 80),
    'file name': (text) =>
      source.promptPath({ prompts: '' }, { id: '01.01.01', stage: text, batch: text, thread: text }),
  }
}

async function loadSource() {
  const lines = [
    `export { parsePlan } from './src/plan/parse.ts'`,
    `export { checkPlan } from './src/plan/check.ts'`,
    `export { parseTasksMd } from './src/plan/tasks-md.ts'`,
    `export { listTasksLeft } from './src/engine/prompt-tasks.ts'`,
    `export { parseDocument } from 'yaml'`,
    `export { findDeepYaml } from './src/store/yaml-depth.ts'`,
    `export { plainLine } from './src/agents/plain.ts'`,
    `export { oneLine, wrapLine } from './src/ui/text.ts'`,
    `export { promptPath } from './src/workspace.ts'`,
  ]
  const outfile = join(folder, 'source.mjs')
  await build({
    stdin: { contents: lines.join('\n'), resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['fs-native-extensions'],
    // As in the build: CommonJS packages ask for node's own modules by `require`.
    banner: { js: "import{createRequire as __r}from'node:module';const require=__r(import.meta.url);" },
    outfile,
    logLevel: 'warning',
  })
  return await import(pathToFileURL(outfile).href)
}

function cpuOf(act) {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function plainLoop() {
  let sum = 0
  for (let index = 0; index < 1e8; index += 1) sum += index
  return sum
}

function report(seconds, name) {
  process.stdout.write(`${seconds.toFixed(2).padStart(6)} s CPU  ${name}\n`)
}

function repeat(text, length) {
  return text.repeat(Math.ceil(length / Math.max(1, text.length))).slice(0, length)
}

/** The token on lines that are indented further and further, as deep as so many bytes go. */
function staircase(token, length) {
  let text = ''
  for (let depth = 0; text.length < length; depth += 1) text += `${'  '.repeat(depth)}${token} a\n`
  return text.slice(0, length)
}

function pick(list) {
  return list[Math.floor(random() * list.length)]
}

function seededRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
