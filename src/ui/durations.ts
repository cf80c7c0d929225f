/** A duration in milliseconds in short form: `4s`, `2m 05s`, `1h 03m`, `2d 04h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < minute) return `${seconds}s`
  if (seconds < hour) return `${Math.floor(seconds / minute)}m ${twoDigits(seconds % minute)}s`
  if (seconds < day) return `${Math.floor(seconds / hour)}h ${twoDigits((seconds % hour) / minute)}m`
  return `${Math.floor(seconds / day)}d ${twoDigits((seconds % day) / hour)}h`
}

/** How long before `now` (milliseconds) an ISO time was: `just now`, `5m ago`, `2h ago`, `3d ago`; '' for no time. */
export function formatAgo(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000
  if (Number.isNaN(seconds)) return ''
  if (seconds < minute) return 'just now'
  if (seconds < hour) return `${Math.floor(seconds / minute)}m ago`
  if (seconds < day) return `${Math.floor(seconds / hour)}h ago`
  return `${Math.floor(seconds / day)}d ago`
}

/** The local time of day, `14:03:05`, of a time in milliseconds. */
export function formatClock(ms: number): string {
  const date = new Date(ms)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

function twoDigits(number: number): string {
  return String(Math.floor(number)).padStart(2, '0')
}
