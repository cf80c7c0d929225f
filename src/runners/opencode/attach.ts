import { setTimeout as delay } from 'node:timers/promises'
import type { SessionRecord } from '../../../machines/session.ts'
import { openApi } from './client.ts'
import { findServer, openServer, type HeldServer, type ServerOptions } from './server/server.ts'
import { findOpencode } from './server/executable.ts'
import { serverFiles, unpackingIn } from './server/record.ts'
import { useServer } from './server/leases.ts'
import { isElsewhere } from '../../process/origin.ts'
import type { SeenSession } from '../../process/membership.ts'
import { runProgram } from '../../process/spawn.ts'
import { exitCodes, WorkError } from '../../errors.ts'
import { screenFolder } from '../session-paths.ts'
import { inheritedEnvironment } from '../../process/env.ts'
import type { ScreenOptions, SessionScreen } from '../runner.ts'
import { serverOptions } from './server/options.ts'
import { attachInterval, attachPatience } from './waits.ts'
import { advice, work } from '../../text/hint.ts'

/**
 * Finds the session for opencode's own screen. Closing the screen changes nothing: it only shows the session. If no
 * server is running, one is started to show the history of an ended session. Throws a `WorkError`: `session-missing`,
 * `folder-missing`, or an error of `openServer`.
 */
export async function openScreen(options: ScreenOptions): Promise<SessionScreen> {
  const { session, workspace, env } = options
  requireHere(session, workspace.root)
  const known = serverOptions({ ...options, server: options.server ?? session.server })
  const sessionId = session.runnerSessionId ?? session.sessionId
  const program = findOpencode(known.env, known.keeper)
  const server = await awaitSession(options, known, sessionId)
  const folder = folderOrRelease(server, { root: workspace.root, record: session })
  const args = ['attach', server.url, '--session', sessionId, '--dir', folder]
  // The password is not passed as a flag, because process lists show flags.
  const screen = {
    cwd: folder,
    env: { ...inheritedEnvironment(env), ...unpackingIn(serverFiles(known.run)), ...credentialsOf(server) },
    interactive: true,
  }
  return {
    show: async () => {
      try {
        const { exitCode } = await runProgram(program, args, screen)
        return exitCode ?? exitCodes.unfinished
      } finally {
        server.release()
      }
    },
  }
}

/** Looked for only now: the clone of a session that is about to begin is made before it. */
function folderOrRelease(server: HeldServer, session: SeenSession): string {
  try {
    return screenFolder(session)
  } catch (error) {
    server.release()
    throw error
  }
}

/** Throws a `WorkError` for a session of another checkout: what the user types there would change that checkout. */
function requireHere({ sessionId, origin }: SessionRecord, root: string): void {
  if (origin === undefined || !isElsewhere({ origin }, root)) return
  throw new WorkError(`Session ${sessionId} belongs to another checkout, ${origin.root}.`, {
    code: 'session-elsewhere',
    hint: advice`Attach to it there. ${work('session', 'logs', '<thread>')} shows what was logged here.`,
  })
}

/** A server that has the session. If the session is about to begin, waits until its run has started the server. */
async function awaitSession(
  { isRunning }: ScreenOptions,
  known: ServerOptions,
  sessionId: string,
): Promise<HeldServer> {
  const end = performance.now() + attachPatience
  while (await isRunning()) {
    const server = await holdRunning(known)
    if (server !== undefined && (await hasSession(server, known, sessionId))) return server
    server?.release()
    if (performance.now() > end) throw missing(sessionId)
    await delay(attachInterval)
  }
  const server = (await holdRunning(known)) ?? (await openServer(known))
  if (await hasSession(server, known, sessionId)) return server
  server.release()
  throw missing(sessionId)
}

/** The running server, whatever its environment, held so that it does not end as unused. */
async function holdRunning(known: ServerOptions): Promise<HeldServer | undefined> {
  // In this order, like `openServer`: a process about to end it sees the use.
  const use = known.external === undefined ? useServer(serverFiles(known.run)) : undefined
  const release = () => use?.release()
  try {
    const server = await findServer(known)
    if (server !== undefined) return { ...server, release }
  } catch (error) {
    release()
    throw error
  }
  release()
  return undefined
}

async function hasSession(server: HeldServer, { root }: ServerOptions, sessionId: string): Promise<boolean> {
  try {
    return await openApi(server, root).hasSession(sessionId)
  } catch (error) {
    server.release()
    throw error
  }
}

function credentialsOf({ user, password }: HeldServer): Record<string, string> {
  if (password === undefined) return {}
  return { OPENCODE_SERVER_USERNAME: user, OPENCODE_SERVER_PASSWORD: password }
}

function missing(sessionId: string): WorkError {
  return new WorkError(`Session ${sessionId} not found on the opencode server.`, {
    code: 'session-missing',
    hint: advice`${work('session', 'logs', '<thread>')} shows what was logged.`,
    exitCode: exitCodes.unfinished,
  })
}
