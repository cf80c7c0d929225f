import { isUtf8 } from 'node:buffer'
import { WorkError } from '../errors.ts'
import { shellQuote } from '../text/shell-quote.ts'

/**
 * Decodes the bytes of a text file, keeping a byte order mark. Throws a `WorkError` (`code`) for encodings other than
 * UTF-8 and for NUL bytes: decoding them anyway would silently lose characters.
 */
export function decodeText(label: string, bytes: Buffer, code = 'file-unreadable'): string {
  const encoding = foreignEncoding(bytes)
  if (encoding !== undefined) {
    throw new WorkError(`${label} is not in UTF-8. ${encoding.evidence}.`, {
      code,
      hint: replaceHint('Convert it', `iconv -f ${encoding.name} -t UTF-8`, label),
    })
  }
  const nul = bytes.indexOf(0)
  if (nul === -1) return bytes.toString('utf8')
  throw new WorkError(`${label}:${lineAt(bytes, nul)}: a NUL byte, which a text can't contain.`, {
    code,
    hint: replaceHint('Remove it', "tr -d '\\000'", label),
  })
}

interface ForeignEncoding {
  /** As `iconv` names it. */
  name: string
  evidence: string
}

const byteOrderMarks = [
  // UTF-32 first: its mark begins with that of UTF-16.
  { name: 'UTF-32', mark: [0xff, 0xfe, 0, 0] },
  { name: 'UTF-32', mark: [0, 0, 0xfe, 0xff] },
  { name: 'UTF-16', mark: [0xff, 0xfe] },
  { name: 'UTF-16', mark: [0xfe, 0xff] },
]

/** The most likely encoding of a text that is not UTF-8. */
function foreignEncoding(bytes: Buffer): ForeignEncoding | undefined {
  const marked = byteOrderMarks.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte))
  if (marked !== undefined)
    return { name: marked.name, evidence: `It begins with the byte order mark of ${marked.name}` }
  const wide = wideEncoding(bytes)
  if (wide !== undefined) return { name: wide, evidence: `Every other byte is NUL, as in ${wide}` }
  if (isUtf8(bytes)) return undefined
  // Bytes 0x80 to 0x9F are letters and quotation marks in Windows-1252 only.
  const isWindows = bytes.some((each) => each >= 0x80 && each <= 0x9f)
  const name = isWindows ? 'WINDOWS-1252' : 'ISO-8859-1'
  return { name, evidence: `Line ${lineAt(bytes, firstInvalid(bytes))} looks like ${name}` }
}

/** UTF-16 without a mark: mostly NUL bytes at odd or at even positions. */
function wideEncoding(bytes: Buffer): 'UTF-16LE' | 'UTF-16BE' | undefined {
  const head = bytes.subarray(0, 1024)
  if (head.length < 4) return undefined
  const share = (parity: number) =>
    head.filter((byte, index) => index % 2 === parity && byte === 0).length / Math.ceil(head.length / 2)
  if (share(1) > 0.6 && share(0) < 0.1) return 'UTF-16LE'
  return share(0) > 0.6 && share(1) < 0.1 ? 'UTF-16BE' : undefined
}

/** The first byte that changes when the text is decoded and encoded again. */
function firstInvalid(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'), 'utf8')
  return bytes.findIndex((byte, index) => byte !== again[index])
}

function lineAt(bytes: Buffer, offset: number): number {
  return bytes.subarray(0, offset).toString('latin1').split('\n').length
}

/** A command that filters the file into a new one and keeps the old one if the filter fails. */
function replaceHint(words: string, filter: string, label: string): string {
  const path = shellQuote(label)
  return `${words}: ${filter} < ${path} > ${path}.new && mv ${path}.new ${path}`
}
