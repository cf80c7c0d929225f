import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { charts as drawn } from '../../src/diagram/charts.ts'
import { makeRepository, makeWorkspace } from '../helpers/cli.ts'
import { session, task } from '../builders/records.ts'

const charts = Object.keys(drawn)

describe('work diagram', () => {
  it('prints a chart as Mermaid by default, also where there is no workstream', async () => {
    const { code, stdout, stderr } = await makeRepository().work('diagram', 'thread')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('stateDiagram-v2\n')
    expect(stdout).toContain('pending --> running__opening : START')
  })

  it.each([
    ['svg', /^<svg role="img" [^]*<\/svg>\n$/],
    ['dot', /^digraph \{\n[^]*\}\n$/],
    ['mermaid', /^---\n[^]*stateDiagram-v2\n/],
    ['json', /^\{\n {2}"chart": "run"/],
  ])('prints a chart as %s', async (format, form) => {
    const { code, stdout } = await makeRepository().work('diagram', 'run', '--format', format)
    expect(code).toBe(0)
    expect(stdout).toMatch(form)
    expect(stdout).toContain('isBatchCompleted')
  })

  it('prints the data with --json: of one chart, or of all as a list', async () => {
    const { work } = makeRepository()
    const one = await work('diagram', 'run', '--json')
    expect(one.json()).toMatchObject({ chart: 'run', initial: { target: 'going' } })
    const all = await work('diagram', 'all', '--json')
    expect(all.json()).toMatchObject(charts.map((chart) => ({ chart })))
  })

  it('names every chart there is in its help', async () => {
    const { stdout } = await makeRepository().work('diagram', '--help')
    for (const chart of charts) expect(stdout).toContain(chart)
  })

  it('writes files into a folder that it creates, prints their paths, and overwrites them', async () => {
    const { work, root } = makeRepository()
    for (const _ of ['first', 'again']) {
      const { code, stdout } = await work('diagram', 'all', '--format', 'svg', '--out', 'a/b')
      expect(code).toBe(0)
      expect(stdout).toBe(charts.map((chart) => `${join('a/b', chart)}.svg\n`).join(''))
      expect(readdirSync(join(root, 'a/b')).toSorted()).toEqual(
        charts.map((chart) => `${chart}.svg`).toSorted(),
      )
    }
    const { json } = await work('diagram', 'run', '--out', 'a/b', '--json')
    expect(json()).toEqual({ files: [join('a/b', 'run.json')] })
  })

  it('leaves a file that is no diagram as it is, and writes none of the others', async () => {
    const { work, write, read, root } = makeRepository()
    write('pictures/run.svg', '<svg>mine</svg>')
    const { code, stderr } = await work('diagram', 'all', '--format', 'svg', '--out', 'pictures')
    expect(code).toBe(2)
    expect(stderr).toContain('pictures/run.svg is there, and it is no diagram of this command.')
    expect(read('pictures/run.svg')).toBe('<svg>mine</svg>')
    expect(existsSync(join(root, 'pictures/thread.svg'))).toBe(false)
  })

  it.each([
    [['diagram', 'fox'], `There is no chart "fox". There are: plan, ${charts.join(', ')}; and all.`],
    [['diagram', 'run', '--format', 'svg', '--json'], "--json and --format svg can't be combined."],
    [['diagram', 'run', '--thread', '1.1.1'], 'not in "run"'],
    [['diagram', '--thread', '1.1'], '"1.1" is not a thread id.'],
    [['diagram', '--thread', '1.1.7'], 'Thread 01.01.07 not found.'],
    [['diagram', '--format', 'png'], 'mermaid'],
    [['diagram', 'all', '--format', 'svg'], 'Several diagrams at once need --out or --json'],
    [['diagram', 'plan', '--thread', '1.1.1'], 'not in "plan"'],
    [['diagram', 'thread', '--format', 'text'], '--format text draws only the plan'],
    [['diagram', '--format', 'text', '--json'], "--json and --format text can't be combined."],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await makeWorkspace([task({ id: '01.01.01.01' })]).work(...args)
    expect(code).toBe(2)
    expect(stdout + stderr).toContain(message)
  })

  it('into what can be no folder is refused with the path', async () => {
    const { code, stderr } = await makeRepository().work('diagram', 'thread', '--out', '/dev/null/x')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^Error: \/dev\/null\/x\/thread\.mmd could not be written: ENOTDIR/)
  })
})

describe('work diagram --thread', () => {
  const sessions = [
    session({ status: 'failed', reason: 'exit', exitCode: 3 }),
    session({ sessionId: 'cmd_2', attempt: 2 }),
  ]
  const tasks = [
    task({ id: '01.01.01.01', thread_name: 'Parser\u001b[31m', status: 'completed', sessions }),
    task({ id: '01.01.02.01' }),
  ]

  it('marks the state of the thread and the states before it', async () => {
    const { code, stdout } = await makeWorkspace(tasks).work('diagram', '--thread', '1.1.1')
    expect(code).toBe(0)
    expect(stdout).toContain(
      'pending → running (session 1) → failed (exit) → running (session 2) → completed',
    )
    expect(stdout).toContain('class completed present\n')
    expect(stdout).toContain('class failed passed\n')
    expect(stdout).toContain('failed --> running__opening : ✓<br/>RESUME, RETRY, SWAP')
    expect(stdout).not.toContain('class interrupted')
    expect(stdout).not.toContain('\u001b')
  })

  it('goes by the snapshot of a thread', async () => {
    const snapshot = { status: 'active', value: 'interrupted', context: {} }
    const threads = {
      '01.01.01': { machine: 'thread', version: 1, savedAt: '2026-01-01T00:00:00.000Z', snapshot },
    }
    const { json } = await makeWorkspace([task({ id: '01.01.01.01', sessions: sessions.slice(0, 1) })], {
      threads,
    }).work('diagram', '--thread', '01.01.01', '--json')
    expect(json()).toMatchObject({
      chart: 'thread',
      thread: {
        id: '01.01.01',
        present: 'interrupted',
        steps: [
          { state: 'pending' },
          { state: 'running', session: 1 },
          { state: 'failed', reason: 'exit' },
          { state: 'interrupted' },
        ],
      },
    })
  })

  it('writes a file of its own, and nothing else', async () => {
    const { work, root, stream, read } = makeWorkspace(tasks)
    const before = read('work/001-demo/tasks.json')
    const { stdout } = await work('diagram', '--thread', '01.01.02', '--format', 'svg', '--out', 'out')
    expect(stdout).toBe(`${join('out', 'thread-01.01.02.svg')}\n`)
    expect(readdirSync(join(root, 'out'))).toEqual(['thread-01.01.02.svg'])
    expect(read('out/thread-01.01.02.svg')).toContain('pending (now)')
    expect(read('work/001-demo/tasks.json')).toBe(before)
    expect(existsSync(stream.logs)).toBe(false)
  })
})
