import { counted } from '../engine/counted.ts'
import type { Check } from '../engine/check.ts'
import { diskOf } from '../engine/checkup-disk.ts'
import { checkUp } from '../engine/checkup.ts'
import type { RunnerOptions } from '../engine/runners.ts'
import { endServer } from '../engine/server-control.ts'
import { exitCodes, WorkError } from '../errors.ts'
import { helpers } from '../programs.ts'
import type { Style } from '../ui/style.ts'
import { oneLine, pad, textWidth } from '../ui/text.ts'
import { now, openRepository, requireHuman, type CommonOptions } from './context.ts'
import { outputStyle, print, printJson } from './output.ts'

export interface DoctorOptions extends CommonOptions {
  stopServer?: boolean
  force?: boolean
}

/** `work doctor`: what is installed, what is broken and what to do; with `--stop-server` it ends the opencode server. */
export async function doctor(options: DoctorOptions): Promise<number> {
  if (options.force === true && options.stopServer !== true) {
    throw new WorkError('--force is for --stop-server.', { code: 'usage', hint: 'work doctor --stop-server' })
  }
  const { workspace } = openRepository(options)
  const world = { workspace, helpers, env: process.env, now, server: undefined }
  if (options.stopServer === true) {
    requireHuman('ending the server of all sessions', 'work doctor --stop-server')
    return await stop(world, options)
  }

  const { checks, server } = await checkUp({ ...world, nodeVersion: process.version, readDisk: diskOf })
  if (options.json === true) printJson({ checks, server })
  else print(describeChecks(checks, outputStyle()))
  return checks.some(({ state }) => state === 'problem') ? exitCodes.unfinished : 0
}

async function stop(world: RunnerOptions, options: DoctorOptions): Promise<number> {
  const server = await endServer(world, options.force === true)
  const wasRunning = server.type === 'running'
  const aborted = wasRunning ? server.busy : 0
  if (options.json === true) {
    printJson({ action: 'stop-server', stopped: wasRunning, pid: wasRunning ? server.pid : null, aborted })
  } else if (wasRunning) {
    const busy = aborted === null ? 'whatever sessions were' : counted(aborted, 'session')
    const words = aborted === 0 ? '' : `, and aborted ${busy} at work`
    print([`Ended the opencode server (process ${server.pid})${words}.`])
    if (aborted !== 0) print(['  → work multi --continue takes them up again.'])
  } else {
    print(['No opencode server of this repository runs.'])
  }
  return 0
}

function describeChecks(checks: Check[], { colors }: Style): string[] {
  const paints = { ok: colors.green, warning: colors.yellow, problem: colors.red }
  const width = Math.max(...checks.map(({ name }) => textWidth(oneLine(name))))
  return checks.flatMap(({ name, state, text, hint }) => [
    `${paints[state](pad(state, 7))}  ${pad(oneLine(name), width)}  ${oneLine(text)}`,
    ...(hint === null ? [] : [`  → ${oneLine(hint)}`]),
  ])
}
