import { relative } from 'node:path'
import { exitCodes, WorkError } from '../../../errors.ts'
import { planHash } from '../../../approval/gate.ts'
import { readSoundDraft, readPlan, removeDraft } from '../../../planning/draft-file.ts'
import { planningOf, planningThread } from '../../../planning/state.ts'
import { keepVersion, readVersion, versionPath } from '../../../planning/versions.ts'
import { writeWhole } from '../../../store/atomic-write.ts'
import { withLock } from '../../../store/lock.ts'
import { formatMoment } from '../../../text/dates.ts'
import { renderTable } from '../../../ui/table.ts'
import { now, requireHuman, type CommonOptions } from '../../context.ts'
import { outputWidth, print, printJson } from '../../output.ts'
import { advice, work } from '../../../text/hint.ts'
import type { PlanningContext } from './planning-context.ts'

/** Shows the versions of a plan that are kept. */
export function listVersions({ context, paths, planning }: PlanningContext, { json }: CommonOptions): number {
  const { versions } = planningOf(planning.read())
  const text = readPlan(paths)
  const present = text === undefined ? undefined : planHash(text)
  const current = versions.findLast(({ hash }) => hash === present)?.number
  const rows = versions.map(({ number, at, by, hash }) => ({
    number,
    at,
    by,
    hash,
    file: relative(context.workspace.root, versionPath(paths, number)),
    current: number === current,
  }))
  if (json === true) {
    printJson({ stream: context.entry.id, versions: rows })
    return 0
  }
  if (rows.length === 0) {
    print([
      'No version of this plan is kept yet: that begins when a draft becomes the plan.',
      { next: work('plan', '--revise', '<words>') },
    ])
    return 0
  }
  print(
    renderTable({
      columns: [
        { head: 'Version', cell: ({ number }) => String(number) },
        { head: 'Since', cell: ({ at }) => formatMoment(at) },
        { head: 'By', cell: ({ by }) => by },
        { head: 'Now', cell: (row) => (row.current ? 'PLAN.md' : '') },
        { head: 'File', cell: ({ file }) => file, shrink: true },
      ],
      rows,
      width: outputWidth(),
    }),
  )
  return 0
}

/** Makes a version the plan again; the present text is kept as a version before. */
export async function restoreVersion(
  { context, paths, planning }: PlanningContext,
  number: number,
  { json }: CommonOptions,
): Promise<number> {
  requireHuman('changing the plan', work('plan', '--restore', number))
  const { versions, settled_at: settledAt, requests } = planningOf(planning.read())
  const text = readVersion(paths, versions, number)
  const before = readPlan(paths)
  if (requests.length > 0 && settledAt === undefined) {
    throw new WorkError('A draft is open, which would replace the restored plan.', {
      code: 'draft-open',
      hint: advice`${work('plan')} reviews it, ${work('plan', '--discard')} gives it up.`,
      exitCode: exitCodes.unfinished,
    })
  }
  const at = now().toISOString()
  const isSame = before === text
  const kept =
    before === undefined || isSame
      ? undefined
      : await keepVersion(paths, planning, { text: before, by: 'user', at })
  if (!isSame) {
    await withLock(paths.planLock, () => writeWhole(paths.plan, text))
    await keepVersion(paths, planning, { text, by: 'user', at })
  }
  if (json === true) {
    printJson({ stream: context.entry.id, restored: number, changed: !isSame, kept: kept ?? null })
    return 0
  }
  print(
    isSame
      ? [`PLAN.md is as version ${number} already.`]
      : [
          `PLAN.md is as version ${number} again.${kept === undefined ? '' : ` What it was is version ${kept}.`}`,
          { next: work('plan') },
        ],
  )
  return 0
}

/** Gives an open draft up: it stays as a version, and PLAN.md as it is. */
export async function discardDraft(
  { context, paths, planning }: PlanningContext,
  { json }: CommonOptions,
): Promise<number> {
  requireHuman('giving up a draft', work('plan', '--discard'))
  const { requests, settled_at: settledAt } = planningOf(planning.read())
  const draft = readSoundDraft(paths)
  if (requests.length === 0 || settledAt !== undefined) {
    throw new WorkError('There is no open draft.', { code: 'no-draft', hint: work('plan', '--history') })
  }
  const status = planningThread(planning.read())?.status
  if (status === 'running') {
    throw new WorkError('An agent is working on the draft.', {
      code: 'thread-busy',
      hint: work('stop', 'plan'),
    })
  }
  const at = now().toISOString()
  const by = requests.at(-1)?.kind === 'edit' ? 'user' : 'agent'
  const kept = draft === undefined ? undefined : await keepVersion(paths, planning, { text: draft, by, at })
  await planning.commit((file) => {
    file.planning = { ...planningOf(file), settled_at: at }
  })
  removeDraft(paths)
  if (json === true) printJson({ stream: context.entry.id, discarded: true, kept: kept ?? null })
  else
    print([
      `The draft is given up${kept === undefined ? '.' : `; it is version ${kept}.`} PLAN.md is as it was.`,
    ])
  return 0
}
