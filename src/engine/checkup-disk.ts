import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { systemCode } from '../errors.ts'
import { ok, problem, warning, type Check } from './check.ts'

/** What a folder stands on. */
export interface Disk {
  /** The kind of file system, as `statfs` of Linux tells it; other systems number them in their own ways. */
  type: number | undefined
  /** Bytes that this user may still write. */
  free: number
  /** Why this user may not write there, as the system calls it; undefined when it may. */
  refused: string | undefined
}

/** Reads what a folder stands on. */
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

/** File systems that other machines write to as well: their locks and renames can't be trusted. */
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

/** File systems of which it depends. */
const odd = new Map([
  [0x65735546, 'FUSE: it depends on the program behind it whether locks and renames can be trusted'],
  [0x01021994, 'tmpfs, in memory: nothing outlives a reboot'],
  [0x858458f6, 'ramfs, in memory: nothing outlives a reboot'],
  [0x4d44, 'FAT: renames are not safe when the power fails'],
  [0x2011bab0, 'exFAT: renames are not safe when the power fails'],
])

const megabyte = 1024 * 1024

/** Whether files in `folder` are safe, and whether there is room for them. */
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
      `work/ can't be written (${refused})`,
      'ls -ld work shows whose it is, and who may write.',
    ),
  ]
}

function checkFileSystem(type: number | undefined): Check[] {
  const name = 'file system'
  if (type === undefined) return []
  const network = shared.get(type)
  if (network !== undefined) {
    const text = `work/ is on ${network}: locks and renames can't be trusted there`
    return [problem(name, text, 'Keep the repository on a local disk, and push it from there.')]
  }
  const doubt = odd.get(type)
  if (doubt !== undefined) return [warning(name, `work/ is on ${doubt}`, 'A local disk is safe.')]
  return [ok(name, 'local')]
}

function checkRoom(free: number): Check {
  const name = 'disk'
  const text = `${describeSize(free)} free`
  if (free < 20 * megabyte) return problem(name, text, 'Free some space: df -h work')
  if (free < 500 * megabyte) {
    return warning(name, text, 'Agents and their logs need room. Free some: df -h work')
  }
  return ok(name, text)
}

function describeSize(bytes: number): string {
  const megabytes = bytes / megabyte
  return megabytes < 1024 ? `${Math.floor(megabytes)} MB` : `${(megabytes / 1024).toFixed(1)} GB`
}
