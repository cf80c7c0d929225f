#!/usr/bin/env node
import { runProgram } from './cli/program.ts'
import { systemCode } from './errors.ts'

// A reader that goes away (`work list | head`) is no fault of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCode(error) === 'EPIPE') process.exit(0)
    throw error
  })
}

process.exitCode = await runProgram(process.argv.slice(2))
