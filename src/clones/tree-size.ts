import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'

/** Bytes that a folder alone uses: objects that it shares with the main repository do not count. */
export async function sizeOfTree(folder: string): Promise<number> {
  let bytes = 0
  const waiting = [folder]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of await readdir(at, { withFileTypes: true })) {
      const path = join(at, entry.name)
      if (entry.isDirectory()) waiting.push(path)
      else bytes += await ownBytes(path)
    }
  }
  return bytes
}

async function ownBytes(path: string): Promise<number> {
  try {
    const { nlink, size } = await lstat(path)
    return nlink > 1 ? 0 : size
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0
    throw error
  }
}
