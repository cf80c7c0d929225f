import { runGuided, type GuidedOptions } from '../run/guided-run.ts'

export interface ContinueOptions extends GuidedOptions {
  skip?: boolean
  fix?: boolean
}

/** `work continue`: shows what earlier runs left unfinished, fixes it or leaves it out, and runs the rest. */
export function continueWork(options: ContinueOptions): Promise<number> {
  return runGuided(options, {
    action: 'continue',
    asksAbout: 'unfinished',
    way: options.skip === true ? 'skip' : options.fix === true ? 'fix' : null,
    select: (without) => ({ type: 'continue', without }),
  })
}
