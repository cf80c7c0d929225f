import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { threadsOf } from '../../src/threads/thread.ts'
import { openTasks } from '../../src/store/tasks/tasks.ts'
import { useBundles } from '../helpers/bundle.ts'
import { endAll, fixture, textOf } from '../helpers/processes.ts'
import { seededRandom } from '../plan/builders.ts'
import { makeWorkspace, put, tasksFile } from '../store/workspace.ts'
import { tasksOf } from './world.ts'

const bundled = useBundles('src/runners/recorded/recorder.ts', 'test/engine/crash-driver.ts')
const threads = Array.from({ length: 12 }, (_, index) => `01.01.${String(index + 1).padStart(2, '0')}`)

it('a run that is killed at any point loses nothing and starts nothing twice', async () => {
  const scene = makeScene()
  const points = [
    'planned',
    'owned',
    'commit',
    'committed',
    'start',
    'spawned',
    'started',
    'watch',
    'changed',
  ]
  for (const point of points) expect(await scene.crashAt(`${point}:1`), point).toBe('killed')
  for (const point of ['look:2', 'looked:1', 'look:3', 'commit:5', 'committed:7', 'ended:1', 'changed:4']) {
    await scene.crashAt(point)
  }
  expect(await scene.finish()).toBe(0)
  scene.expectTruth()
})

it('a run that is killed at random moments loses nothing and starts nothing twice', async () => {
  const scene = makeScene()
  const random = seededRandom(5)
  for (let kill = 0; kill < 20; kill += 1) await scene.killAfter(random() * 250)
  expect(await scene.finish()).toBe(0)
  scene.expectTruth()
})

/** A workstream of twelve threads whose agents note their starts and ends; the third, sixth, … fail with code 3. */
function makeScene() {
  const workspace = makeWorkspace()
  const { root, stream } = workspace
  const notes = join(root, 'notes')
  const agent = join(root, 'agent.sh')
  put(stream.tasks, tasksFile({ tasks: threads.flatMap(tasksOf) }))
  put(workspace.index, {
    version: '1.0.0',
    last_updated: '',
    streams: [{ id: stream.id, name: 'demo', created_at: '', updated_at: '' }],
  })
  put(
    agent,
    `n=\${WORK_THREAD##*.0}; n=\${n##*.}
exec '${process.execPath}' '${fixture('count')}' '${notes}' $((n * 40)) $((n % 3 == 0 ? 3 : 0))
`,
  )
  onTestFinished(() => endAll('WORK_ROOT', root))

  return { crashAt, killAfter, finish, expectTruth }

  /** Runs until the named point; returns whether it was reached. */
  async function crashAt(point: string): Promise<string> {
    return (await drive(point)) === 'SIGKILL' ? 'killed' : 'ended'
  }

  /** Runs, and kills the run this many milliseconds after it has begun. */
  async function killAfter(milliseconds: number): Promise<void> {
    await drive('', async (kill) => {
      await delay(milliseconds)
      kill()
    })
  }

  /** Runs undisturbed to the end; returns the exit code. */
  function finish(): Promise<number | string | null> {
    return drive('')
  }

  function drive(crash: string, whenReady: (kill: () => void) => Promise<void> = async () => undefined) {
    const args = [bundled('crash-driver'), root, bundled('recorder'), crash, 'sh', agent]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    child.stdout.once('data', () => void whenReady(() => child.kill('SIGKILL')))
    return new Promise<number | string | null>((resolve) =>
      child.on('close', (code, signal) => resolve(signal ?? code)),
    )
  }

  /** Checks that tasks.json matches what the agents did. */
  function expectTruth(): void {
    const noted = textOf(notes).trim().split('\n')
    const started = noted
      .filter((line) => line.startsWith('start '))
      .map((line) => line.slice('start '.length))
    const ended = noted.filter((line) => line.startsWith('end ')).map((line) => line.slice('end '.length))
    const tokens = started.map((line) => line.split(' ')[1] ?? '')
    expect(new Set(tokens).size).toBe(tokens.length)
    expect(ended.toSorted()).toEqual(started.toSorted())

    const facts = threadsOf(openTasks(stream, () => new Date()).read())
    const sessions = facts.flatMap((thread) => thread.sessions)
    expect(sessions.map((session) => session.token ?? '').toSorted()).toEqual(tokens.toSorted())
    for (const thread of facts) {
      const fails = Number(thread.id.slice(-2)) % 3 === 0
      const expected = fails
        ? { status: 'failed', reason: 'exit', exitCode: 3 }
        : { status: 'completed', exitCode: 0 }
      expect(thread.status).toBe(expected.status)
      for (const session of thread.sessions) expect(session).toMatchObject(expected)
      if (!fails) expect(thread.sessions).toHaveLength(1)
      expect(thread.tasks[0]).not.toHaveProperty('currentSessionId')
    }
  }
}
