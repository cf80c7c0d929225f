import { WorkError } from '../../errors.ts'
import { jsonText } from './print-json.ts'
import { placeOf, type FileName } from './json-file.ts'

/** A place in a JSON text that parsing and printing would change. */
interface Loss {
  offset: number
  words: string
}

/**
 * Throws a `WorkError` (`file-lossy`) if a JSON text can't be parsed and written back without loss: for a number that
 * JavaScript can't represent exactly, or a duplicate name in an object. The usual case, text as `work` printed it, is
 * checked quickly.
 */
export function requireLossless({ label }: FileName, text: string): void {
  if (isCanonical(text)) return
  const loss = findLoss(text)
  if (loss === undefined) return
  throw new WorkError(`${placeOf(label, text, loss.offset)}: ${loss.words}.`, {
    code: 'file-lossy',
    hint: `Correct it by hand, then run the command again. ${label} was not changed.`,
  })
}

function isCanonical(text: string): boolean {
  return jsonText(JSON.parse(text)) === text
}

/** A string, a number or a punctuation character. Each match begins at its token. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[[\]{},:]/g

/** The first loss in valid JSON text. */
function findLoss(text: string): Loss | undefined {
  const open: (Set<string> | undefined)[] = []
  let isName = false
  for (const { 0: token, index: offset } of text.matchAll(tokens)) {
    const names = open.at(-1)
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : undefined)
      isName = token === '{'
    } else if (token === '}' || token === ']') {
      open.pop()
      isName = false
    } else if (token === ',') isName = names !== undefined
    else if (token === ':') isName = false
    else if (token.startsWith('"')) {
      if (!isName || names === undefined) continue
      const name = String(JSON.parse(token))
      if (names.has(name))
        return { offset, words: `found the name ${token} twice in one object, expected unique names` }
      names.add(name)
    } else if (!isExact(token)) {
      return {
        offset,
        words: `found the number ${token}, which would be written back as ${JSON.stringify(Number(token))}; expected one that JavaScript keeps exactly, or text in quotes`,
      }
    }
  }
  return undefined
}

/** Whether a number keeps its value when parsed and printed: 1.50 and 1.5 are equal, -0 and 0 are not. */
function isExact(token: string): boolean {
  const number = Number(token)
  if (!Number.isFinite(number)) return false
  if (Object.is(number, -0)) return false
  return normalize(token) === normalize(String(number))
}

/** `1.50e3` → `15e2`: the digits without outer zeros, and the power of ten of the last digit. */
function normalize(token: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+/, '')
  const short = digits.replace(/0+$/, '')
  if (short === '') return '0'
  return `${sign}${short}e${Number(power) - fraction.length + digits.length - short.length}`
}
