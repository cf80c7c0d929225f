import { readFileSync } from 'node:fs'
import { prepareClone } from '../../src/clones/prepare.ts'
import { saveClone } from '../../src/clones/save.ts'

/** Prepares the clone of a thread as a file says, in a process that a test can kill. */
const { site, order, save } = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
if (save === undefined) await prepareClone(site, order, new AbortController().signal)
else await saveClone(site, save)
