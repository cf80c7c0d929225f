/** How deep objects and lists may be nested. `work` and related tools use less than 20 levels. */
export const deepestNesting = 200

/**
 * Where a JSON text is nested too deep for recursive functions such as `JSON.stringify`; undefined if it is not. Runs
 * for every file, so it checks only brackets and quotes.
 */
export function findTooDeep(text: string): number | undefined {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfText(text, at)
      if (at === -1) return undefined
    } else if (code === openBrace || code === openBracket) {
      depth += 1
      if (depth > deepestNesting) return at
    } else if (code === closeBrace || code === closeBracket) depth -= 1
  }
  return undefined
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [34, 92, 123, 125, 91, 93]

/** The offset of the quote that ends the string beginning at `start`; -1 if there is none. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return -1
}
