import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemCode } from '../errors.ts'

/** Removes a folder with everything in it, also below folders without write permission, as package caches have them. */
export async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    if (!['EACCES', 'EPERM'].includes(systemCode(error) ?? '')) throw error
    await makeWritable(folder)
    await rm(folder, { recursive: true, force: true })
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name))
}
