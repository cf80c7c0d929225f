import { distance } from 'fastest-levenshtein'
import { existsSync } from 'node:fs'
import { relative, sep } from 'node:path'
import * as z from 'zod/mini'
import { WorkError } from '../../errors.ts'
import { isFolderName, requireInside } from '../../files/inside.ts'
import type { Workspace } from '../../paths.ts'
import { invalidChange, openDocument, type DocumentStore } from '../document.ts'
import { jsonText } from '../json/print-json.ts'
import { isWorkIndex, WorkIndex, type Approval, type StreamEntry } from './schema.ts'
import { describeIssue, describeValue } from '../json/issues.ts'
import { invalidAt, invalidFile, parseJson, type FileName } from '../json/json-file.ts'
import { runFolders } from '../runtime-dir.ts'
import { majorVersion, refuseDatabase, unknownVersion } from '../version.ts'
import { advice, work } from '../../text/hint.ts'

export type { Approval, StreamEntry, WorkIndex }

/** The registry of workstreams. */
export type IndexStore = DocumentStore<WorkIndex>

/** Opens index.json; `now` stamps each write. A missing file is a `WorkError` (`not-initialized`). */
export function openIndex(workspace: Workspace, now: () => Date): IndexStore {
  const label = relative(workspace.root, workspace.index).replaceAll(sep, '/')
  const name = { path: workspace.index, label }
  const { root, agents, gitignore, schemas, log, locks } = workspace
  const places = [workspace.index, agents, gitignore, schemas, log]
  for (const path of [...places, ...runFolders(workspace)]) requireInside(root, path)
  const store = openDocument<WorkIndex>({
    ...name,
    lock: locks.index,
    now,
    load: (text) => {
      if (text === undefined) throw notInitialized(workspace, label)
      return { file: loadIndex(name, text), migrated: false }
    },
    print: (index) => printIndex(label, index),
  })
  return {
    ...store,
    commit: async (change) => {
      // Checked before the lock is taken, because that would create folders.
      if (!existsSync(workspace.index)) throw notInitialized(workspace, label)
      return store.commit(change)
    },
  }
}

/** The text of a new index.json for `work init`, which also writes the schema that it refers to. */
export function newIndexText(now: Date): string {
  const $schema = './.schema/index.schema.json'
  return jsonText({ $schema, version: '1.0.0', last_updated: now.toISOString(), streams: [] })
}

/** The id of a new workstream: `003-name` after `002-…`. */
export function nextStreamId(index: WorkIndex, name: string): string {
  const last = Math.max(0, ...index.streams.map(numberOf))
  return `${String(last + 1).padStart(3, '0')}-${name}`
}

/** The number of a workstream: 5 for `005-name`. */
export function numberOf(stream: StreamEntry): number {
  return stream.order ?? Number(/^\d+/.exec(stream.id)?.[0] ?? 0)
}

/** Finds a workstream by id, name or number (`5`, `005`). Throws a `WorkError` (`stream-not-found`). */
export function findStream(index: WorkIndex, name: string): StreamEntry {
  const { streams } = index
  const found =
    streams.find((stream) => stream.id === name) ??
    streams.find((stream) => stream.name === name) ??
    (/^\d+$/.test(name) ? streams.find((stream) => numberOf(stream) === Number(name)) : undefined)
  if (found !== undefined) return found
  throw new WorkError(`Workstream "${name}" not found.${suggest(streams, name)}`, {
    code: 'stream-not-found',
    hint:
      streams.length === 0
        ? work('create', '<name>')
        : advice`${work('current')} shows the default for --stream.`,
  })
}

/** `Did you mean 005-session-tracking?`, or all ids if there are few and none is similar. */
function suggest(streams: StreamEntry[], name: string): string {
  if (streams.length === 0) return ' There are no workstreams yet.'
  const wanted = name.toLowerCase()
  const near = streams
    .map((stream) => ({
      id: stream.id,
      far: Math.min(distance(stream.id, wanted), distance(stream.name, wanted)),
    }))
    .filter(({ id, far }) => far <= Math.max(2, wanted.length / 3) || id.includes(wanted))
    .toSorted((left, right) => left.far - right.far)
  if (near.length > 0)
    return ` Did you mean ${near
      .slice(0, 3)
      .map(({ id }) => id)
      .join(', ')}?`
  const ids = streams.map((stream) => stream.id)
  return ids.length <= 10 ? ` There are: ${ids.join(', ')}.` : ''
}

function loadIndex(name: FileName, text: string): WorkIndex {
  const index = parseJson(name, text)
  if (majorVersion(index) !== 1) throw unknownVersion(name.label, index, '1.0.0')
  if (!isWorkIndex(index)) throw invalidFile(name, text, index, WorkIndex)
  checkStreamIds(name, text, index)
  return index
}

/** A workstream's id is the name of its folder, so it must not lead anywhere else. */
function checkStreamIds({ label }: FileName, text: string, { streams }: WorkIndex): void {
  const index = streams.findIndex(({ id }) => !isFolderName(id))
  if (index === -1) return
  const found = describeValue(streams[index]?.id)
  const words = `streams[${index}].id: found ${found}, expected the name of a folder in work/, such as "001-name"`
  throw invalidAt(label, text, ['streams', index, 'id'], words)
}

function printIndex(label: string, index: WorkIndex): string {
  const { error } = z.safeParse(WorkIndex, index)
  if (error === undefined) return jsonText(index)
  throw invalidChange(label, describeIssue(error, index).text)
}

function notInitialized(workspace: Workspace, label: string): WorkError {
  refuseDatabase(workspace.work, label)
  return new WorkError(`${label} not found: this repository has no workstreams yet.`, {
    code: 'not-initialized',
    hint: work('init'),
  })
}
