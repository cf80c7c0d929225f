#!/usr/bin/env node
import { runProgram } from './cli/program.ts'
import { afterFailedWrite, isTerminalGone } from './cli/reader.ts'
import { isInHurry } from './cli/signals.ts'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    const next = afterFailedWrite(stream, error)
    if (next.type === 'hang up') hangUp()
    if (next.type !== 'exit') return
    if (next.words !== undefined && stream === process.stdout) process.stderr.write(`${next.words}\n`)
    process.exit(next.code)
  })
}

process.exitCode = await runProgram(process.argv.slice(2))
if (isTerminalGone()) hangUp()
// Such as a call to a server that does not answer.
if (isInHurry()) process.exit()

function hangUp(): void {
  process.kill(process.pid, 'SIGHUP')
}
