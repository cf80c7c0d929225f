// What all processes of a benchmark use together. They are known by their HOME, which starts with a folder of its own.
import { readdirSync, readFileSync } from 'node:fs'

/** Samples the memory and the number of the processes with this HOME. */
export function startMeter(home) {
  let [peak, processes] = [0, 0]
  const timer = setInterval(() => {
    const pids = processesOf(home)
    peak = Math.max(
      peak,
      pids.reduce((total, pid) => total + memoryOf(pid), 0),
    )
    processes = Math.max(processes, pids.length)
  }, 200)
  return {
    stop: () => {
      clearInterval(timer)
      return { peak, processes }
    },
  }
}

/** Seconds of CPU of all that runs with this HOME, and of what has ended: that is reaped by this process or by them. */
export function cpuOf(home) {
  const live = processesOf(home).reduce((total, pid) => total + ticksOf(pid, 13, 17), 0)
  return (live + ticksOf('self', 15, 17)) / 100
}

/** Kills all that runs with this HOME, and waits until it is gone. */
export async function endAll(home) {
  for (const pid of processesOf(home)) kill(pid)
  while (processesOf(home).length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Resolves to the exit code or the signal of a child. */
export function ended(child) {
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('exit', (code, signal) => resolve(code ?? signal))
  })
}

/** A plan with batches of so many threads. */
export function planOf(batches) {
  const head =
    '# Plan: Bench\n\n## Summary\n\nMeasures.\n\n## Stages\n\n### Stage 01: S\n\n#### Definition\n\nAll.'
  return `${head}\n\n#### Batches\n\n${batches.map((threads, index) => batchOf(index + 1, threads)).join('\n\n')}\n`
}

function batchOf(number, threads) {
  const texts = Array.from({ length: threads }, (_, index) => {
    const place = String(index + 1).padStart(2, '0')
    return `###### Thread ${place}: T${place}\n\n**Summary:**\nDo it.\n\n**Details:**\n- [ ] Step`
  })
  return [`##### Batch 0${number}: B${number}`, ...texts].join('\n\n')
}

/** Fields of `/proc/<pid>/stat` from `start` up to `end`, counted from 0, added up: 13 and 14 are its own time, 15 and 16 of its dead children. */
function ticksOf(pid, start, end) {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
  return fields.slice(start - 2, end - 2).reduce((total, field) => total + Number(field), 0)
}

/** Proportional where the system reports it: shared pages count once. */
function memoryOf(pid) {
  const rollup = read(`/proc/${pid}/smaps_rollup`)
  const found = /^Pss:\s+(\d+) kB/m.exec(rollup) ?? /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))
  return Number(found?.[1] ?? 0) * 1024
}

function processesOf(home) {
  const mark = `HOME=${home}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) =>
      read(`/proc/${pid}/environ`)
        .split('\0')
        .some((entry) => entry.startsWith(mark)),
    )
}

function kill(pid) {
  try {
    process.kill(Number(pid), 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
