/** A part of a page: what a test does with it, and where its lines are. */
export type Part =
  | { type: 'file'; line: number; path: string; text: string }
  /** A command and what it shows. `from` and `to` are the lines of its output, `to` not among them. */
  | { type: 'command'; line: number; command: string; from: number; to: number }
  /** What is pressed at each of the next questions, and what is shown then. */
  | { type: 'keys'; line: number; answers: string[][]; from: number; to: number }
  /** From here on in the folder as it was at the first of these. */
  | { type: 'anew'; line: number }
  /** A block that another test, in this file, runs. */
  | { type: 'elsewhere'; line: number; test: string }
  /** Commands in a block that nothing runs. */
  | { type: 'unrun'; line: number; command: string }

interface Block {
  language: string
  /** What follows the language. */
  info: string
  /** Index of its first line, and of the fence that ends it. */
  from: number
  to: number
  /** The comment right above it. */
  note: string
}

/** Programs and shell, by which a command in a block is known. */
const aCommand = /^(?:\$ |(?:sudo |npx )?(?:work|npm|git|opencode|node|cd|export) )/

/**
 * The parts of a page in their order. Of code blocks,
 *
 * - ```` ```console ```` holds commands, `$ work status`, each with what it shows;
 * - ```` ```yaml work/agents.yaml ```` is a file of that path;
 * - ```` ```text ```` below `<!-- press: Down Enter, "a text" Enter -->` shows what these answers to two questions lead to;
 * - any other may hold no command, unless `<!-- test: test/cli/demo.test.ts -->` above it names who runs it.
 */
export function partsOf(page: string): Part[] {
  const lines = page.split('\n')
  const blocks = blocksOf(lines).flatMap((block) => partsOfBlock(lines, block))
  const anew = lines.flatMap((text, line): Part[] =>
    text === '<!-- anew -->' ? [{ type: 'anew', line }] : [],
  )
  return [...blocks, ...anew].toSorted((a, b) => a.line - b.line)
}

function partsOfBlock(lines: string[], { language, info, from, to, note }: Block): Part[] {
  const line = from - 1
  const [, test] = /^<!-- test: (\S+) -->$/.exec(note) ?? []
  if (test !== undefined) return [{ type: 'elsewhere', line, test }]
  const [, keys] = /^<!-- press: (.+) -->$/.exec(note) ?? []
  if (keys !== undefined) return [{ type: 'keys', line, answers: answersOf(keys), from, to }]
  if (language === 'console') return commandsOf(lines, from, to)
  if (info !== '') return [{ type: 'file', line, path: info, text: `${lines.slice(from, to).join('\n')}\n` }]
  const command = lines.slice(from, to).find((text) => aCommand.test(text))
  return command === undefined ? [] : [{ type: 'unrun', line, command }]
}

function answersOf(keys: string): string[][] {
  return keys.split(', ').map((answer) => answer.match(/"[^"]*"|\S+/g) ?? [])
}

function commandsOf(lines: string[], from: number, to: number): Part[] {
  const starts = lines.flatMap((text, index) =>
    index >= from && index < to && text.startsWith('$ ') ? [index] : [],
  )
  if (starts[0] !== from) return [{ type: 'unrun', line: from, command: lines[from] ?? '' }]
  return starts.map((line, index) => ({
    type: 'command',
    line,
    command: (lines[line] ?? '').slice(2),
    from: line + 1,
    to: starts[index + 1] ?? to,
  }))
}

function blocksOf(lines: string[]): Block[] {
  const blocks: Block[] = []
  for (let index = 0; index < lines.length; index++) {
    const [, fence, language = '', info = ''] = /^(`{3,})([^\s`]*) ?(.*)$/.exec(lines[index] ?? '') ?? []
    if (fence === undefined) continue
    const end = lines.indexOf(fence, index + 1)
    if (end < 0) throw new Error(`The block in line ${index + 1} has no end.`)
    blocks.push({ language, info, from: index + 1, to: end, note: noteAbove(lines, index) })
    index = end
  }
  return blocks
}

/** The line above, and above an empty one. */
function noteAbove(lines: string[], index: number): string {
  return (lines[index - 1] === '' ? lines[index - 2] : lines[index - 1]) ?? ''
}
