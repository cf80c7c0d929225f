import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { runShell, say, type ModelRequest, type Script } from '../helpers/model-server.ts'

/** How long the model thinks, in milliseconds, so that there is something to kill. */
const thinking = 150

/**
 * The script of a model that does the tasks that a prompt lists, one shell command each. Writes what it tries into the
 * ledger; the shell writes what was acknowledged.
 */
export function soakScript(ledger: () => string, doubled: (finding: string) => void): Script {
  const underWay = new Map<string, ModelRequest>()
  let reports = 0
  return async (request) => {
    const { thread, tasks, done } = readConversation(request)
    const before = underWay.get(thread)
    if (before !== undefined && !before.closed)
      doubled(`the model was asked twice at once for thread ${thread}`)
    underWay.set(thread, request)
    await delay(thinking)
    underWay.delete(thread)
    const task = tasks[done]
    if (task === undefined) return say('Done.')
    reports += 1
    const entry = { thread, task, report: `report ${reports}` }
    appendFileSync(ledger(), `${JSON.stringify({ what: 'try', ...entry })}\n`)
    const acknowledged = JSON.stringify({ what: 'ack', ...entry })
    const update = `work update --stream 001-soak --task ${task} --status completed --report "${entry.report}"`
    return runShell(`${update} && printf '%s\\n' '${acknowledged}' >> '${ledger()}'`)
  }
}

/** The thread, the tasks that its last prompt lists, and how many of them the model has done since. */
function readConversation({ messages }: ModelRequest): { thread: string; tasks: string[]; done: number } {
  const last = messages.findLastIndex(({ role }) => role === 'user')
  const told = messages.flatMap(({ role, text }) => (role === 'user' ? [text] : [])).join('\n')
  const prompt = messages[last]?.text ?? ''
  return {
    thread: /\((\d\d\.\d\d\.\d\d)\)/.exec(told)?.[1] ?? '',
    tasks: [...prompt.matchAll(/^- \[ \] (\d\d\.\d\d\.\d\d\.\d\d)/gm)].map(([, id = '']) => id),
    done: messages.slice(last).filter(({ calls }) => calls.length > 0).length,
  }
}
