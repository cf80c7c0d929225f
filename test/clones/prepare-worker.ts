import { readFileSync } from 'node:fs'
import { prepareClone } from '../../src/clones/prepare.ts'

/** Prepares the clone of a thread as a file says, in a process that a test can kill. */
const { site, order } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
await prepareClone(site, order, new AbortController().signal)
