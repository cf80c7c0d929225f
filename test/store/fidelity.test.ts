import { describe, expect, it, test } from 'vitest'
import { readAgents } from '../../src/agents/agents-file.ts'
import { openIndex } from '../../src/store/index/index-file.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import { get, makeWorkspace, now, put, tasksFile, thrownBy } from './workspace.ts'

const index = { version: '1.0.0', last_updated: '', streams: [] }

/** A text with an unknown field at its end, written literally. */
function withField(file: object, field: string): string {
  return `${JSON.stringify(file, null, 2).slice(0, -2)},\n  ${field}\n}\n`
}

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

describe("an unknown field that can't be written back without loss", () => {
  it.each([
    [
      'a whole number with 20 digits',
      '"extra": 12345678901234567890',
      'found the number 12345678901234567890',
    ],
    ['a number beyond the largest', '"extra": 1e999', 'found the number 1e999'],
    ['the same in capitals', '"extra": [1E400]', 'found the number 1E400'],
    ['a number too near to nothing', '"extra": 1e-999', 'found the number 1e-999'],
    ['a negative zero', '"extra": {"a": -0}', 'found the number -0,'],
    ['a fraction with too many digits', '"extra": 0.12345678901234567890123', 'found the number 0.123'],
    ['a name twice', '"extra": {"a": 1, "b": 2, "a": 3}', 'found the name "a" twice'],
    ['a name twice, once with an escape', '"extra": {"a": 1, "\\u0061": 3}', 'twice in one object'],
  ])('rejects the change and leaves the file unchanged: %s', async (_, field, words) => {
    const workspace = makeWorkspace()
    const tasks = put(workspace.stream.tasks, withField(tasksFile(), field))
    const store = openTasks(workspace.stream, now)
    expect(store.read().tasks).toHaveLength(2)
    const error = await thrownBy(() =>
      store.commit((file) => Object.assign(file.tasks[0] ?? {}, { report: 'x' })),
    )
    expect(error).toMatchObject({
      code: 'file-lossy',
      message: expect.stringMatching(/^work\/001-demo\/tasks\.json:\d+:\d+: /),
    })
    expect(String(error)).toContain(words)
    expect(get(workspace.stream.tasks)).toBe(tasks)

    const text = put(workspace.index, withField(index, field))
    expect(
      await thrownBy(() => openIndex(workspace, now).commit((file) => (file.current_stream = 'x'))),
    ).toMatchObject({ code: 'file-lossy' })
    expect(get(workspace.index)).toBe(text)
  })

  it.each([
    [
      'numbers of another form',
      '"extra": [1.50, 1E2, 0.1, -12, 9007199254740991, 5e-324, 0.0]',
      [1.5, 100, 0.1, -12, 9007199254740991, 5e-324, 0],
    ],
    ['a number in a text', '"extra": "12345678901234567890 \\" 1e999"', '12345678901234567890 " 1e999'],
    ['half of a character', '"extra": "\\ud800"', '\ud800'],
    [
      'names that objects have',
      '"extra": {"constructor": 1, "toString": 2}',
      { constructor: 1, toString: 2 },
    ],
    [
      'the same name in two objects',
      '"extra": [{"a": 1}, {"a": 2}, {"b": {"a": 3}, "a": 4}]',
      [{ a: 1 }, { a: 2 }, { b: { a: 3 }, a: 4 }],
    ],
  ])('is kept if its value is the same: %s', async (_, field, value) => {
    const { stream } = makeWorkspace()
    put(stream.tasks, withField(tasksFile(), field))
    await openTasks(stream, now).commit((file) => Object.assign(file.tasks[0] ?? {}, { report: 'x' }))
    expect(JSON.parse(get(stream.tasks))).toMatchObject({ extra: value })
  })

  it('called __proto__ is kept, at the top, in a task and among the threads', async () => {
    const { stream } = makeWorkspace()
    const text = withField(tasksFile(), '"__proto__": {"a": 1}').replace(
      '"tasks": [\n    {',
      '"tasks": [\n    {"__proto__": 5,',
    )
    put(stream.tasks, text)
    await openTasks(stream, now).commit((file) => Object.assign(file.tasks[1] ?? {}, { report: 'x' }))
    expect(get(stream.tasks)).toContain('"__proto__": 5')
    expect(get(stream.tasks)).toMatch(/"__proto__": \{\n\s+"a": 1/)
  })
})

describe('values that are nested too deep', () => {
  it.each([5000, 8000, 100_000])(
    'are an error with its position at %i levels, and the file is unchanged',
    async (depth) => {
      const workspace = makeWorkspace()
      for (const field of [
        `"extra": ${nested(depth)}`,
        `"tasks": ${nested(depth)}`,
        `"threads": ${nested(depth)}`,
      ]) {
        const text = put(workspace.stream.tasks, withField({ ...tasksFile() }, field))
        const store = openTasks(workspace.stream, now)
        for (const action of [() => store.read(), () => store.commit(() => undefined)]) {
          expect(await thrownBy(action)).toMatchObject({
            code: 'file-too-deep',
            message: expect.stringContaining('nested too deep, expected at most 200 levels'),
          })
        }
        expect(get(workspace.stream.tasks)).toBe(text)
      }
      put(workspace.index, withField(index, `"extra": ${nested(depth)}`))
      expect(await thrownBy(() => openIndex(workspace, now).read())).toMatchObject({ code: 'file-too-deep' })
      put(workspace.agents, `agents: ${nested(depth)}\n`)
      expect(await thrownBy(() => readAgents(workspace.agents))).toMatchObject({ code: 'agents-invalid' })
    },
  )

  it('are allowed in a text, and 200 levels are kept', async () => {
    const { stream } = makeWorkspace()
    put(stream.tasks, withField(tasksFile(), `"extra": ["${'['.repeat(300)}\\"[[", ${nested(198)}]`))
    await openTasks(stream, now).commit((file) => Object.assign(file.tasks[0] ?? {}, { report: 'x' }))
    expect(JSON.parse(get(stream.tasks))).toHaveProperty('extra')
  })
})

test('a broken end of a deep value is still reported with its position', async () => {
  const { stream } = makeWorkspace()
  put(stream.tasks, '['.repeat(9000))
  expect(await thrownBy(() => openTasks(stream, now).read())).toMatchObject({ code: 'file-too-deep' })
})
