import { expect, test } from 'vitest'
import { soakRunners } from './options.ts'
import { scheduleKills } from './schedule.ts'

test.each(soakRunners)(
  'the kills of a soak of %s are the same for the same seed, and others for another',
  (runner) => {
    const kills = scheduleKills(1, runner, 200)
    expect(scheduleKills(1, runner, 200)).toEqual(kills)
    expect(scheduleKills(1, runner, 50)).toEqual(kills.slice(0, 50))
    expect(scheduleKills(2, runner, 200)).not.toEqual(kills)
  },
)

test('a soak of command agents kills supervisors, recorders, agents, reports, and all at once', () => {
  const victims = new Set(scheduleKills(1, 'command', 200).map(({ victim }) => victim))
  expect([...victims].toSorted()).toEqual([
    'agent',
    'agent and recorder',
    'everything',
    'recorder',
    'supervisor',
    'update',
  ])
})

test('a soak of opencode kills supervisors, servers, keepers, reports, and all at once', () => {
  const victims = new Set(scheduleKills(1, 'opencode', 200).map(({ victim }) => victim))
  expect([...victims].toSorted()).toEqual([
    'everything',
    'keeper',
    'server',
    'server and keeper',
    'supervisor',
    'update',
  ])
})
