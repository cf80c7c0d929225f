/** The local date and time, `2026-01-22 14:03`, of an ISO time, for the screen; '' for no time. */
export function formatMoment(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  const days = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-')
  return `${days} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0')
}
