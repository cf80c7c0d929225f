import { compareIds, levels, parentId, type Level } from '../../ids.ts'
import type { ValueKind } from '../commands/command.ts'
import { readAgents } from '../../agents/agents-file.ts'
import {
  openRepository,
  openStream,
  readPlanText,
  type CommonOptions,
  type StreamContext,
} from '../context.ts'

/** Something that a word can become. */
export interface Candidate {
  value: string
  about: string
}

/** What there is of a kind, in the workstream that these options mean. Throws when it cannot be read. */
export async function listValues(
  kind: Exclude<ValueKind, 'directory' | 'text'>,
  options: CommonOptions,
  typed: string,
): Promise<Candidate[]> {
  if (kind === 'stream') return listStreams(options, typed)
  if (kind === 'agent') return listAgents(options)
  const context = openStream(options)
  const wanted = kind === 'part' ? levels.filter((level) => level !== 'task') : [kind]
  const named = await Promise.all(wanted.map((level) => placesOf(context, level)))
  return named
    .flatMap((places) => [...places])
    .toSorted(([left], [right]) => compareIds(left, right))
    .map(([value, about]) => ({ value, about }))
}

/** By id; by name when no id begins with what was typed. */
function listStreams(options: CommonOptions, typed: string): Candidate[] {
  const { current_stream: current, streams } = openRepository(options).index.read()
  const byId = streams.some(({ id }) => id.startsWith(typed))
  return streams.map(({ id, name }) => ({
    value: byId ? id : name,
    about: `${byId ? name : id}${id === current ? ' (the current one)' : ''}`,
  }))
}

async function listAgents(options: CommonOptions): Promise<Candidate[]> {
  const { agents } = await readAgents(openRepository(options).workspace.agents)
  return agents.map(({ name, best_for, description }) => ({ value: name, about: best_for || description }))
}

/** Ids of one level with their names: of the tasks, or of the plan as long as there are none. */
async function placesOf(context: StreamContext, level: Level): Promise<Map<string, string>> {
  const { tasks } = context.tasks.read()
  if (tasks.length === 0) return placesOfPlan(context, level)
  return new Map(
    tasks.map((task) => {
      const names = [task.stage_name, task.batch_name, task.thread_name, task.name]
      return [parentId(task.id, level), names[levels.indexOf(level)] ?? '']
    }),
  )
}

async function placesOfPlan(context: StreamContext, level: Level): Promise<Map<string, string>> {
  const { parsePlan } = await import('../../plan/parse/parse.ts')
  const { stages } = parsePlan(readPlanText(context)).plan
  const batches = stages.flatMap((stage) => stage.batches)
  const threads = batches.flatMap((batch) => batch.threads)
  const places = { stage: stages, batch: batches, thread: threads, task: [] }[level]
  return new Map(places.map(({ id, name }) => [id, name]))
}
