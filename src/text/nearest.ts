import { distance } from 'fastest-levenshtein'

/** The words that a misspelled word may mean, most similar first. */
export function nearest(word: string, words: readonly string[], most = 3): string[] {
  const plain = plainWord(word)
  const limit = farthest(plain)
  return words
    .map((one) => ({ one, far: distance(plain, plainWord(one)) }))
    .filter(({ far }) => far <= limit)
    .toSorted((left, right) => left.far - right.far)
    .slice(0, most)
    .map(({ one }) => one)
}

/** How many letters may differ. Fewer for short words, which are similar to almost any other. */
function farthest({ length }: string): number {
  return length <= 3 ? 1 : length <= 7 ? 2 : 3
}

/** `doneWhen`, `done-when` and `done_when` count as the same word. */
function plainWord(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '')
}
