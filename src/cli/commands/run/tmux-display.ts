import { type RunWatcher, type RunWorld } from '../../../engine/run-context.ts'
import { runnerOf, definitionsOf } from '../../../runners/registry.ts'
import { threadWindows } from './tmux.ts'
import { program } from '../../../entry-points.ts'
import { say } from '../../output.ts'
import type { RunView } from './display.ts'

/** A run that is shown in windows of tmux as well. */
export interface WindowedView {
  watcher: RunWatcher
  /** Resolves when the windows are open that were asked for. They stay open. */
  finished: () => Promise<void>
}

/** Opens windows beside the board of a run. Problems with them are reported, and the run continues. */
export function showInWindows(world: RunWorld, view: RunView, server: string | undefined): WindowedView {
  const windows = threadWindows({
    workspace: world.workspace,
    streamId: world.stream.id,
    env: process.env,
    commandOf: (...args) => [process.execPath, program, ...args],
    hasScreen: ({ runner }) => {
      const { screen } = runnerOf(definitionsOf(world.runners), runner)
      return screen !== undefined && screen.atRestOnly !== true
    },
    server,
    failed: (problem) => view.say(`No more windows are opened: ${problem}`),
  })
  return {
    watcher: {
      ...view,
      planned: (plan) => {
        windows.open()
        say(`Windows: ${windows.attachCommand}`)
        view.planned(plan)
      },
      changed: (thread) => {
        windows.show(thread)
        view.changed(thread)
      },
    },
    finished: () => windows.finished(),
  }
}
