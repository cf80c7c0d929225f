import { describe, expect, it } from 'vitest'
import { configError } from '../../../src/runners/opencode/config-error.ts'

const listed = `
--- JSONC Input ---
{ "model": broken, "key": "secret" }
--- Errors ---
InvalidSymbol at line 1, column 12
   Line 1: { "model": broken
                     ^
CloseBraceExpected at line 2, column 1
--- End ---`

const body = { name: 'ConfigJsonError', data: { path: '/repo/opencode.json', message: listed } }

describe('what opencode answers when opencode.json is broken', () => {
  it.each([
    ['as its body', body],
    ['as the error that the SDK throws', new Error(listed, { cause: { body, status: 400 } })],
  ])("%s is an error with opencode's message, without the text of the file", (_, error) => {
    const found = configError(error)
    expect(found?.message).toBe(
      "opencode can't read /repo/opencode.json: InvalidSymbol at line 1, column 12; CloseBraceExpected at line 2, column 1",
    )
    expect(configError(found)).toBe(found)
  })

  it.each([
    [
      'fields that do not fit',
      { name: 'ConfigInvalidError', data: { path: '/repo/opencode.json', issues: [1] } },
    ],
    ['no details', { name: 'ConfigDirectoryTypoError' }],
  ])('with %s is one too', (_, error) => {
    expect(configError(error)).toMatchObject({ code: 'opencode-config' })
  })

  it.each([
    [new Error('fetch failed')],
    [{ name: 'NotFoundError', data: {} }],
    [undefined],
    ['Config'],
    [null],
  ])('is not confused with another error: %s', (error) => {
    expect(configError(error)).toBeUndefined()
  })
})
