import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { systemCode } from '../errors.ts'
import { ok, problem, warning, type Check } from './check.ts'
import { advice, shell } from '../text/hint.ts'

/** The disk of a folder. */
export interface Disk {
  /** The file system type from `statfs` on Linux; other systems number types differently. */
  type: number | undefined
  /** Bytes that this user may still write. */
  free: number
  /** The system error if this user may not write there; undefined otherwise. */
  refused: string | undefined
}

/** Reads the disk of a folder. */
export function diskOf(folder: string): Disk {
  const { type, bavail, bsize } = statfsSync(folder)
  return {
    type: process.platform === 'linux' ? type : undefined,
    free: bavail * bsize,
    refused: refusalOf(folder),
  }
}

function refusalOf(folder: string): string | undefined {
  try {
    accessSync(folder, constants.W_OK)
    return undefined
  } catch (error) {
    return systemCode(error) ?? 'no reason'
  }
}

/** File systems that other machines also write to: their locks and renames are not reliable. */
const shared = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB (cifs)'],
  [0xfe534d42, 'SMB (smb2)'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x01021997, '9p, a folder of a host system'],
  [0x786f4256, 'a shared folder of VirtualBox'],
])

/** File systems whose safety depends on circumstances. */
const odd = new Map([
  [0x65735546, 'FUSE: whether locks and renames are reliable depends on its program'],
  [0x01021994, 'tmpfs, in memory: lost at a reboot'],
  [0x858458f6, 'ramfs, in memory: lost at a reboot'],
  [0x4d44, 'FAT: renames are not safe in a power failure'],
  [0x2011bab0, 'exFAT: renames are not safe in a power failure'],
])

const megabyte = 1024 * 1024

/** Whether files in `folder` are safe, and whether there is free space for them. */
export function checkDisk(folder: string, readDisk: (folder: string) => Disk): Check[] {
  if (!existsSync(folder)) return []
  const { type, free, refused } = readDisk(folder)
  return [...checkFileSystem(type), checkRoom(free), ...checkRights(refused)]
}

function checkRights(refused: string | undefined): Check[] {
  if (refused === undefined) return []
  return [
    problem(
      'rights',
      `work/ is not writable (${refused})`,
      advice`${shell('ls', '-ld', 'work')} shows its owner and permissions.`,
    ),
  ]
}

function checkFileSystem(type: number | undefined): Check[] {
  const name = 'file system'
  if (type === undefined) return []
  const network = shared.get(type)
  if (network !== undefined) {
    const text = `work/ is on ${network}: locks and renames are not reliable there`
    return [problem(name, text, 'Keep the repository on a local disk, and push it from there.')]
  }
  const doubt = odd.get(type)
  if (doubt !== undefined) return [warning(name, `work/ is on ${doubt}`, 'A local disk is safe.')]
  return [ok(name, 'local')]
}

function checkRoom(free: number): Check {
  const name = 'disk'
  const text = `${describeSize(free)} free`
  if (free < 20 * megabyte) return problem(name, text, advice`Free some space: ${shell('df', '-h', 'work')}`)
  if (free < 500 * megabyte) {
    return warning(
      name,
      text,
      advice`Agents and their logs need space. Free some: ${shell('df', '-h', 'work')}`,
    )
  }
  return ok(name, text)
}

/** `1.5 GB` or `12 MB`. */
export function describeSize(bytes: number): string {
  const megabytes = bytes / megabyte
  return megabytes < 1024 ? `${Math.floor(megabytes)} MB` : `${(megabytes / 1024).toFixed(1)} GB`
}
