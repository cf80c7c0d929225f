import { describe, expect, test } from 'vitest'
import { maxNesting, parseBlocks } from '../../../src/plan/parse/block-parser.ts'
import { type Node, childrenOf } from '../../../src/plan/parse/markdown.ts'
import { parsePlan } from '../../../src/plan/parse/parse.ts'
import { brief, firstThread, planAround, seededRandom } from '../../builders/plan.ts'

const long = 100_000

describe('a line that nests too many quotes and list items is an error that names the line', () => {
  test.each([
    ["'1. ' repeated on one line", repeat('1. ')],
    ["'>' repeated on one line", repeat('>')],
    ["'> ' repeated on one line", repeat('> ')],
    ["'- ' repeated on one line, with a text", `${repeat('- ')}a`],
    ["'-\\t' repeated on one line, with a text", `${repeat('-\t')}a`],
    ["'> - 1. ' repeated on one line", repeat('> - 1. ')],
    ["'* > ' repeated on one line", `${repeat('* > ')}a`],
    ['a marker more than the bound', `${'> '.repeat(maxNesting + 1)}a`],
  ])('%s', (_, line) => {
    expect(brief(errorsIn(`First.\n\n${line}\n`))).toEqual(['19 error too-deep'])
  })

  test('lists that nest over many lines are an error on the first line that is too deep', () => {
    const lists = Array.from({ length: 40 }, (_, depth) => `${'  '.repeat(depth)}- a`).join('\n')
    expect(brief(errorsIn(lists))[0]).toBe(`${17 + maxNesting} error too-deep`)
  })

  test('the message names the limit and what to do', () => {
    expect(errorsIn(repeat('>'))).toMatchObject([
      {
        message: 'This line nests more than 32 quotes and list items.',
        hint: 'Remove some of its ">" and list markers, or put it in a code fence.',
      },
    ])
  })

  test('the text after the markers that are too deep is kept', () => {
    const { plan } = parsePlan(planAround(`${'> '.repeat(maxNesting + 1)}Keep me.`))
    expect(firstThread(plan).details).toContain('Keep me.')
  })
})

describe('text that only looks like deep nesting is not an error', () => {
  test.each([
    ['as many quotes as the bound', `${'> '.repeat(maxNesting)}a`],
    ['a code fence', `\`\`\`\n${repeat('> ')}\n${repeat('1. ')}\n\`\`\``],
    ['indented code', `a\n\n    ${repeat('> ')}`],
    ['a comment', `<!--\n${repeat('> ')}\n-->`],
    ['a rule made of many dashes', repeat('- ')],
    ['a rule made of many stars', repeat('* ')],
  ])('%s', (_, text) => {
    expect(errorsIn(text)).toEqual([])
  })
})

test.each(['**a', '[a](', '![', '`', '`` ` ', '<!--', '<a ', '_', '\\', '&', '[a]: b "', '<?', '**details '])(
  '%j repeated on one line and over many lines is text without an error',
  (token) => {
    expect(errorsIn(`x ${repeat(token)}`)).toEqual([])
    expect(errorsIn(`x\n${repeat(`x${token}\n`)}`).filter((one) => one.code !== 'hidden-heading')).toEqual([])
  },
)

test('nesting never exceeds the limit, whatever the text', () => {
  const random = seededRandom(6)
  const tokens = ['> ', '>', '- ', '* ', '1. ', '10) ', '  ', '    ', '\t', 'a', '\n', '\n\n', '```\n', '#']
  for (let count = 0; count < 300; count += 1) {
    let text = ''
    for (let length = 0; length < 60; length += 1) {
      const token = tokens[Math.floor(random() * tokens.length)] ?? ''
      text += token.repeat(random() < 0.1 ? 50 : 1)
    }
    expect(depthOf(parseBlocks(text)), JSON.stringify(text)).toBeLessThanOrEqual(maxNesting)
  }
})

function repeat(token: string): string {
  return token.repeat(long / token.length)
}

function errorsIn(thread: string) {
  return parsePlan(planAround(thread)).problems.filter((problem) => problem.severity === 'error')
}

/** How many quotes and list items are nested. */
function depthOf(nodes: readonly Node[]): number {
  const below = nodes.map((node) => {
    const own = node.type === 'blockquote' || node.type === 'listItem' ? 1 : 0
    return own + depthOf(childrenOf(node))
  })
  return below.reduce((most, depth) => Math.max(most, depth), 0)
}
