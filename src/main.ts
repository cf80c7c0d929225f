#!/usr/bin/env node
import { runCommandLine } from './cli/program.ts'
import { afterFailedWrite, codeWithOutput, isTerminalGone } from './cli/broken-pipe.ts'
import { isInHurry } from './cli/signals.ts'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    const next = afterFailedWrite(stream, error)
    if (next.type === 'hang up') return hangUp()
    if (next.words !== undefined && stream === process.stdout) process.stderr.write(`${next.words}\n`)
    if (next.type === 'exit') process.exit(next.code)
  })
}
// A write can fail after the command has ended.
process.on('exit', (code) => {
  process.exitCode = codeWithOutput(code)
})

process.exitCode = await runCommandLine(process.argv.slice(2))
if (isTerminalGone()) hangUp()
// Such as a call to a server that does not answer.
if (isInHurry()) process.exit()

/** Dies as a terminal that was closed asks. What still ignores the signal, such as the rest of a key press, must not. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}
