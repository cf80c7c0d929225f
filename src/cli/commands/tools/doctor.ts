import { counted } from '../../../text/plural.ts'
import type { Check } from '../../../doctor/check.ts'
import { diskOf } from '../../../doctor/check-disk.ts'
import { checkUp, checkUpOutside, type Checkup } from '../../../doctor/doctor.ts'
import { loadRunners } from '../../../runners/registry.ts'
import { exitCodes, WorkError } from '../../../errors.ts'
import { helpers } from '../../../entry-points.ts'
import type { Style } from '../../../ui/style.ts'
import { oneLine } from '../../../text/sanitize.ts'
import { pad, textWidth } from '../../../ui/width.ts'
import { now, openRepository, requireHuman, type CommonOptions } from '../../context.ts'
import { outputStyle, print, printJson, type OutputLine } from '../../output.ts'
import type { RunnerOptions, ServerState } from '../../../runners/runner.ts'
import { advice, hintText, work } from '../../../text/hint.ts'

export interface DoctorOptions extends CommonOptions {
  stopServer?: boolean
  force?: boolean
}

/** `work doctor`: what is installed, what is broken and what to do; with `--stop-server` it ends the opencode server. */
export async function doctor(options: DoctorOptions): Promise<number> {
  if (options.force === true && options.stopServer !== true) {
    throw new WorkError('--force is for --stop-server.', {
      code: 'usage',
      hint: work('doctor', '--stop-server'),
    })
  }
  if (options.stopServer === true) {
    requireHuman('ending the server of all sessions', work('doctor', '--stop-server'))
    return await stop(worldOf(options), options)
  }

  const { checks, facts } = await look(options)
  if (options.json === true) printJson({ checks: checks.map(asJson), ...facts })
  else print(describeChecks(checks, outputStyle()))
  return checks.some(({ state }) => state === 'problem') ? exitCodes.unfinished : 0
}

/** Outside of a repository it checks only what is installed. */
async function look(options: DoctorOptions): Promise<Checkup> {
  const tools = { nodeVersion: process.version, helpers, env: process.env }
  try {
    return await checkUp({ ...worldOf(options), ...tools, readDisk: diskOf })
  } catch (error) {
    const isOutside = error instanceof WorkError && error.code === 'no-repository'
    if (isOutside && options.repoRoot === undefined) return checkUpOutside(tools, error)
    throw error
  }
}

function worldOf(options: DoctorOptions): RunnerOptions {
  const { workspace } = openRepository(options)
  return { workspace, helpers, env: process.env, now, server: undefined }
}

async function stop(world: RunnerOptions, options: DoctorOptions): Promise<number> {
  const server = await endServer(world, options.force === true)
  const wasRunning = server.type === 'running'
  const aborted = wasRunning ? server.busy : 0
  if (options.json === true) {
    printJson({ action: 'stop-server', stopped: wasRunning, pid: wasRunning ? server.pid : null, aborted })
  } else if (wasRunning) {
    const busy = aborted === null ? 'whatever sessions were' : counted(aborted, 'session')
    const words = aborted === 0 ? '' : `; ${busy} aborted`
    print([`Stopped the opencode server (process ${server.pid})${words}.`])
    if (aborted !== 0) print([{ next: advice`${work('run')} resumes them.` }])
  } else {
    print(['No opencode server of this repository runs.'])
  }
  return 0
}

/** Stops the server of the runner that has one. */
async function endServer(world: RunnerOptions, force: boolean): Promise<ServerState> {
  for (const { server } of (await loadRunners()).values()) {
    if (server !== undefined) return await server.stop(world, force)
  }
  return { type: 'none' }
}

/** One long name, as of an agent, does not push all texts to the right. */
const widestName = 32

function asJson({ hint, ...check }: Check) {
  return { ...check, hint: hint === null ? null : hintText(hint) }
}

function describeChecks(checks: Check[], { colors }: Style): OutputLine[] {
  const paints = { ok: colors.green, warning: colors.yellow, problem: colors.red }
  const widths = checks.map(({ name }) => textWidth(oneLine(name)))
  const width = Math.min(widestName, Math.max(...widths))
  return checks.flatMap(({ name, state, text, hint }) => [
    `${paints[state](pad(state, 7))}  ${pad(oneLine(name), width)}  ${oneLine(text)}`,
    ...(hint === null ? [] : [{ next: hint }]),
  ])
}
