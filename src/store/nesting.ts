/** How deep objects and lists may be nested. `work` and the tools around it use less than 20. */
export const deepestNesting = 200

/**
 * Where JSON text is nested too deeply for programs that follow a tree by recursion, such as `JSON.stringify`; undefined
 * when it is not. Called for each file that is read, so it looks at brackets and quotes only.
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

/** The offset of the quote that ends the text which begins at `start`; -1 when none does. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes += 1
    if (slashes % 2 === 0) return end
  }
  return -1
}
