import { join } from 'node:path'
import { openServer, type ServerOptions } from '../../../../src/runners/opencode/server/server.ts'
import { withLock } from '../../../../src/store/lock.ts'

/** Opens the server named by its argument, prints which one it got, and holds it until killed. */
const options: Omit<ServerOptions, 'withLock'> = JSON.parse(process.argv[2] ?? '')

const { url } = await openServer({
  ...options,
  withLock: (action) => withLock(join(options.run, 'locks', 'opencode'), action),
})
process.stdout.write(`${url}\n`)
process.stdin.resume()
