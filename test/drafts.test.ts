import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { claimStart, replaceFile, sessionFiles, writePrompt } from '../src/runners/recorded/recorder-files.ts'
import { claimRecord, serverFiles } from '../src/runners/opencode/server/record.ts'
import { useServer } from '../src/runners/opencode/server/leases.ts'
import { draftName, isAbandoned, removeDrafts } from '../src/files/drafts.ts'
import { openTasks } from '../src/store/tasks/tasks.ts'
import { makeWorkspace, now, put, tasksFile } from './store/workspace.ts'
import { linkProgram } from '../src/engine/link-program.ts'

/** The pid of a process that has ended. */
const { pid: gone } = spawnSync(process.execPath, ['--version'])
const space = /@(\d+)-/.exec(draftName('x'))?.[1] ?? ''

let workspace: ReturnType<typeof makeWorkspace>

beforeEach(() => {
  workspace = makeWorkspace()
})

describe('a draft of a writer that was killed', () => {
  const writers: [string, () => string, (path: string) => unknown][] = [
    [
      'tasks.json',
      () => join(workspace.stream.folder, '.tasks.json.next'),
      () => {
        put(workspace.stream.tasks, tasksFile())
        return openTasks(workspace.stream, now).commit((file) =>
          Object.assign(file.tasks[0] ?? {}, { report: 'x' }),
        )
      },
    ],
    [
      'the last tasks.json',
      () => workspace.stream.tasksLast,
      () => {
        put(workspace.stream.tasks, tasksFile())
        return openTasks(workspace.stream, now).commit((file) =>
          Object.assign(file.tasks[0] ?? {}, { report: 'x' }),
        )
      },
    ],
    ['a start file', () => logFiles().start, () => claimStart(logFiles(), { abandoned: true, at: '' })],
    [
      'an exit file',
      () => logFiles().exit,
      () => replaceFile(logFiles().exit, { code: 0, signal: null, at: '' }),
    ],
    ['a prompt', () => logFiles().prompt, () => writePrompt(logFiles(), 'do it')],
    [
      'the program of agents',
      () => join(workspace.run, 'bin', 'work'),
      () => linkProgram(workspace, '/opt/main.js'),
    ],
    [
      'a use of the server',
      () => join(serverFiles(workspace.run).users, 'some-use'),
      () => useServer(serverFiles(workspace.run)).release(),
    ],
    [
      'the record of the server',
      () => serverFiles(workspace.run).record,
      () =>
        claimRecord(serverFiles(workspace.run), {
          phase: 'claimed',
          startedAt: '',
          keeper: { pid: 1, startTicks: '', host: '', bootId: '' },
        }),
    ],
  ]

  it.each(writers)(
    'of %s is removed by the next writer, and that of a running writer stays',
    async (_, pathOf, write) => {
      const path = pathOf()
      const dead = `${path}.${gone}@${space}-1.tmp`
      const alive = `${path}.${process.ppid}@${space}-1.tmp`
      const elsewhere = `${path}.${gone}@1${space}-1.tmp`
      for (const draft of [dead, alive, elsewhere]) put(draft, 'half')
      await write(path)
      expect([dead, alive, elsewhere].map((draft) => existsSync(draft))).toEqual([false, true, true])
      const drafts = readdirSync(dirname(path)).filter((name) => name.endsWith('.tmp'))
      expect(drafts.toSorted(), 'and it leaves none itself').toEqual(
        [alive, elsewhere].map((name) => basename(name)).toSorted(),
      )
    },
  )

  it('in another pid namespace, whose pids are not seen here, is left only when it is old', () => {
    const name = `1.exit.json.${gone}@1${space}-1.tmp`
    const path = join(workspace.stream.folder, name)
    writeFileSync(path, '')
    expect(isAbandoned(workspace.stream.folder, name)).toBe(false)
    const day = new Date(Date.now() - 86_400_000)
    utimesSync(path, day, day)
    expect(isAbandoned(workspace.stream.folder, name)).toBe(true)
  })

  it.each([
    ['of an earlier version', `.tasks.json.next-${gone}-1`, true],
    ['of an earlier version, as write-file-atomic makes it', `.tasks.json.next-${gone}-1.123`, true],
    ['of an earlier version', `1.start.json.${gone}.tmp`, true],
    ['of an earlier version', `work.${gone}`, true],
    ['as write-file-atomic makes it', `.tasks.json.next.${gone}@${space}-1.tmp.123456`, true],
    ['of this process', basename(draftName('x')), false],
    ['no draft', 'tasks.json', false],
    ['no draft', 'notes.tmp', false],
    ['no draft', 'mail.1@2.tmp', false],
  ])('%s, %s: left over is %s', (_, name, expected) => {
    writeFileSync(join(workspace.stream.folder, name), '')
    expect(isAbandoned(workspace.stream.folder, name)).toBe(expected)
    removeDrafts(workspace.stream.folder)
    expect(existsSync(join(workspace.stream.folder, name))).toBe(!expected)
  })
})

function logFiles() {
  return sessionFiles(join(workspace.stream.logs, '01.01.01', '1'))
}
