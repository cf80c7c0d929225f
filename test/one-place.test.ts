import { expect, it } from 'vitest'
import { programFiles } from './helpers/program-files.ts'

const files = programFiles()

it('only src/paths.ts spells the path of a lock', () => {
  const lockPath = /join\([^()]*['"]locks['"]|\.run\/locks/
  const spelled = files.filter(({ text }) => lockPath.test(text)).map(({ path }) => path)
  expect(spelled).toEqual(['src/paths.ts'])
})
