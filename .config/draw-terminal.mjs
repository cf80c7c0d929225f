import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'

/**
 * Takes the pictures of the README in a real terminal, from a real run of the demo's plan: docs/img/terminal-board.svg, the
 * threads at work, and docs/img/terminal-fix.svg, the way out of a failure.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const main = join(root, 'dist', 'main.js')
const demo = join(root, 'docs', 'demo')
const columns = 80
const folder = mkdtempSync(join(tmpdir(), 'work-pictures-'))
const repository = join(folder, 'greeting')
const bin = join(folder, 'bin')

/** The sixteen colours of a terminal. */
const palette = [
  '#484f58',
  '#ff7b72',
  '#3fb950',
  '#d29922',
  '#58a6ff',
  '#bc8cff',
  '#39c5cf',
  '#b1bac4',
  '#6e7681',
  '#ffa198',
  '#56d364',
  '#e3b341',
  '#79c0ff',
  '#d2a8ff',
  '#56d4dd',
  '#f0f6fc',
]

try {
  mkdirSync(repository)
  prepare()
  tmux('new-session', '-d', '-x', String(columns), '-y', '40', '-c', repository, 'sh')
  await clear()
  type('work multi --continue')
  await seen('1 running · 3 completed · 1 failed')
  await draw('terminal-board.svg')
  await seen('→ work fix')
  await clear()
  type('work fix')
  await seen('▸ Resume')
  press('Down')
  await seen('▸ Retry')
  await draw('terminal-fix.svg')
  press('C-c')
} finally {
  tmux('kill-server')
  rmSync(folder, { recursive: true, force: true })
}

/** A repository with the demo's plan, approved, and `work` on the path. */
function prepare() {
  execFileSync('git', ['init', '--quiet'], { cwd: repository })
  mkdirSync(bin)
  writeFileSync(join(bin, 'work'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, { mode: 0o755 })
  const work = (...args) => execFileSync(process.execPath, [main, ...args], { cwd: repository })
  work('init', '--agent', 'command')
  work('create', 'greeting-service')
  copyFileSync(join(demo, 'PLAN.md'), join(repository, 'work', '001-greeting-service', 'PLAN.md'))
  copyFileSync(join(demo, 'agents.yaml'), join(repository, 'work', 'agents.yaml'))
  copyFileSync(join(demo, 'agent.mjs'), join(repository, 'agent.mjs'))
  work('approve', 'plan')
  work('approve', 'tasks')
}

function tmux(...args) {
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
  }
  return execFileSync('tmux', ['-S', join(folder, 'tmux'), '-f', '/dev/null', ...args], {
    env,
    encoding: 'utf8',
  })
}

function type(line) {
  tmux('send-keys', '-l', line)
  press('Enter')
}

function press(key) {
  tmux('send-keys', key)
}

async function clear() {
  type('PS1="$ "; clear')
  await until(() => screen().trim() === '$', 'an empty screen')
}

function screen() {
  return tmux('capture-pane', '-p')
}

function seen(text) {
  return until(() => screen().includes(text), text)
}

/** Resolves when this is so; fails after half a minute. */
async function until(isSo, what) {
  const end = Date.now() + 30_000
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`Not on the screen: ${what}\n${screen()}`)
    await delay(50)
  }
}

/** Draws what is on the screen. */
async function draw(name) {
  const text = tmux('capture-pane', '-p', '-e').trimEnd()
  const rows = text.split('\n').length
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  await new Promise((resolve) => terminal.write(text.replaceAll('\n', '\r\n'), resolve))
  const lines = Array.from({ length: rows }, (_, index) => runsOf(terminal.buffer.active.getLine(index)))
  const path = join(root, 'docs', 'img', name)
  mkdirSync(join(root, 'docs', 'img'), { recursive: true })
  writeFileSync(path, svgOf(lines))
  process.stdout.write(`${path}\n`)
}

/** A line as runs of letters that look the same. */
function runsOf(line) {
  const runs = []
  for (let column = 0; column < columns; column += 1) {
    const cell = line.getCell(column)
    const letter = cell.getChars() || ' '
    const color = cell.isFgPalette() ? palette[cell.getFgColor()] : undefined
    const style = [
      color === undefined ? '' : ` fill="${color}"`,
      cell.isBold() ? ' font-weight="bold"' : '',
      cell.isDim() ? ' opacity="0.6"' : '',
      cell.isUnderline() ? ' text-decoration="underline"' : '',
    ].join('')
    const last = runs.at(-1)
    if (last?.style === style) last.text += letter
    else runs.push({ column, style, text: letter })
  }
  return runs.filter(({ text }) => text.trim() !== '')
}

/** A window of its own color, which is easy to see on white and on black. */
function svgOf(lines) {
  const [width, height] = [8.4, 18]
  const [left, top] = [16, 44]
  const [wide, high] = [columns * width + 2 * left, lines.length * height + top + 12]
  const texts = lines.flatMap((runs, row) =>
    runs.flatMap(({ column, style, text }) =>
      // Each with its own place: browsers make one space of several.
      Array.from(text.matchAll(/\S+(?: \S+)*/g), ({ 0: words, index }) => {
        const x = (left + (column + index) * width).toFixed(1)
        const length = (words.length * width).toFixed(1)
        return `<text x="${x}" y="${top + row * height + 13}" textLength="${length}"${style}>${escape(words)}</text>`
      }),
    ),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}" role="img">
<rect x="0.5" y="0.5" width="${wide - 1}" height="${high - 1}" rx="8" fill="#0d1117" stroke="#6e7681"/>
<circle cx="20" cy="20" r="6" fill="#ff7b72"/><circle cx="40" cy="20" r="6" fill="#d29922"/><circle cx="60" cy="20" r="6" fill="#3fb950"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3">
${texts.join('\n')}
</g>
</svg>
`
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
