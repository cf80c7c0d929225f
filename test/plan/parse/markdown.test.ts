import type { Nodes } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { expect, test } from 'vitest'
import { parseBlocks } from '../../../src/plan/parse/block-parser.ts'
import { type Node, childrenOf, rangeOf } from '../../../src/plan/parse/markdown.ts'
import { readFixture, seededRandom } from '../../builders/plan.ts'

/** Markdown that plans don't need: underlined headings and inline content. */
const unused = ['setextUnderline', 'definition', 'htmlText', 'codeText', 'labelEnd', 'attention']
const blocks = /^(heading|paragraph|list|listItem|blockquote|code|html|thematicBreak)$/

test.each([
  ['a list goes on after a blank line', '- a\n\n- b\n'],
  ['another marker begins another list', '- a\n* b\n1. c\n2) d\n'],
  ['a paragraph of an item goes on without its indentation', '- a\nb\n> c\nd\n'],
  ['an item that begins with an empty line ends with the second one', '-\n\n  a\n'],
  ['only an item 1 may follow a line of a paragraph', 'a\n2. b\n1. c\n'],
  ['an empty item may not follow a line of a paragraph', 'a\n*\nb\n'],
  ['a fence ends with the item that it is in', '- ```\n  a\nb\n'],
  ['a fence is closed by a longer one', '```\n``\n````\nb\n'],
  ['a tab is as wide as four columns', '-\ta\n\n\tb\n\n>\t\tc\n'],
  ['code is indented by four columns', '- a\n\n      b\n\n    c\n\nd\n\n    e\n\n    f\n'],
  ['HTML ends at a blank line', '<div>\n# a\n\n# b\n'],
  ['a comment ends with its end', '<!-- a\n\n# b -->\n# c\n'],
  ['hashes at the end of a heading are no text', '## a ##\n### b#\n#\n## ##\n'],
  ['a rule is no list', '- - -\n* * *\n---\na\n***\n'],
])('blocks are parsed as in CommonMark: %s', (_, text) => {
  expect(mine(text)).toEqual(reference(text))
})

test.each(['good.md', 'broken.md', 'legacy.md'])(
  '%s is parsed into the same blocks as by CommonMark',
  (name) => {
    const text = readFixture(name).replaceAll('\r\n', '\n')
    expect(mine(text)).toEqual(reference(text))
  },
)

test('random texts are parsed into the same blocks as by CommonMark', () => {
  const random = seededRandom(3)
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? ''
  const contents = ['a', 'b c', '# d', '## e ##', '```', '~~~', '* * *', '', '', 'f #']
  for (let count = 0; count < 400; count += 1) {
    // One marker per line: with more, the reference (like commonmark.js) does not always follow CommonMark.
    const lines = Array.from(
      { length: 12 },
      () => pick(['', ' ', '  ', '   ']) + pick(['', '', '> ', '- ', '* ', '1. ', '>']) + pick(contents),
    )
    const text = lines.join('\n')
    expect(mine(text), JSON.stringify(text)).toEqual(reference(text))
  }
})

/** `heading 2`: each block with its line. */
function mine(text: string): string[] {
  return flat(parseBlocks(text), childrenOf).map((node) => `${node.type} ${rangeOf(node).line}`)
}

function reference(text: string): string[] {
  const { children } = fromMarkdown(text, { extensions: [{ disable: { null: unused } }] })
  return flat<Nodes>(children, (node) => ('children' in node ? node.children : []))
    .filter((node) => blocks.test(node.type))
    .map((node) => `${node.type} ${node.position?.start.line}`)
}

function flat<Any extends Node | Nodes>(nodes: readonly Any[], below: (node: Any) => readonly Any[]): Any[] {
  return nodes.flatMap((node) => [node, ...flat(below(node), below)])
}
