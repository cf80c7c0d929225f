import type { TaskStatus } from '../../../machines/statuses.ts'
import { statusOfBox } from '../box.ts'

/** Separates a thread's name from its agent. */
export const agentMark = ' @agent:'

/** A parsed line of TASKS.md. The grammar is line-based, so names need no escaping. */
export type Line =
  | { kind: 'blank' }
  | { kind: 'title' }
  | { kind: 'stage' | 'batch'; number: number; name: string }
  | { kind: 'thread'; number: number; name: string; agent: string }
  | { kind: 'task'; status: TaskStatus | undefined; box: string; id: string | undefined; name: string }
  | { kind: 'quote'; text: string }
  | { kind: 'indented'; text: string }
  | { kind: 'other'; text: string; isFlawed: boolean }

/** Parses a line. `isFlawed` marks a malformed heading or task. */
export function readLine(line: string): Line {
  const text = line.trim()
  if (text === '' || /^(?:-{3,}|\*{3,})$/.test(text) || isComment(text)) return { kind: 'blank' }
  if (/^#(?!#)/.test(text)) return { kind: 'title' }
  return readHeading(text) ?? readTask(text) ?? readQuote(text) ?? readOther(line, text)
}

function readHeading(text: string): Line | undefined {
  const match = /^(##|###|####)\s+(stage|batch|thread)\s+(\d{1,9}):(.*)$/is.exec(text)
  const [, hashes = '', word = '', digits = '', rest = ''] = match ?? []
  const number = Number(digits)
  const kind = word.toLowerCase()
  if (kind === 'stage' && hashes === '##') return { kind, number, name: rest.trim() }
  if (kind === 'batch' && hashes === '###') return { kind, number, name: rest.trim() }
  if (kind !== 'thread' || hashes !== '####') return undefined
  const mark = rest.lastIndexOf(agentMark)
  if (mark === -1) return { kind, number, name: rest.trim(), agent: '' }
  return { kind, number, name: rest.slice(0, mark).trim(), agent: rest.slice(mark + agentMark.length).trim() }
}

function readTask(text: string): Line | undefined {
  const item = /^(?:[-*+]|\d{1,9}[.)])\s+\[([^\]]?)\](?:\s+(.*))?$/s.exec(text)
  if (item === null) return undefined
  const [, box = '', rest = ''] = item
  const status = statusOfBox(box)
  const named = /^task\s+([\d.]+)\s*:(.*)$/is.exec(rest)
  return { kind: 'task', status, box, id: named?.[1], name: (named?.[2] ?? rest).trim() }
}

function readQuote(text: string): Line | undefined {
  return text.startsWith('>') ? { kind: 'quote', text: text.slice(1).replace(/^ /, '') } : undefined
}

function readOther(line: string, text: string): Line {
  const isFlawed = /^#+\s*(?:stage|batch|thread)\b/i.test(text) || /^(?:[-*+]\s+)?task\s+\d/i.test(text)
  if (!isFlawed && /^\s/.test(line) && !/^(?:[-*+#]|\d{1,9}[.)])/.test(text))
    return { kind: 'indented', text }
  return { kind: 'other', text, isFlawed }
}

function isComment(text: string): boolean {
  return text.startsWith('<!--') && text.endsWith('-->')
}
