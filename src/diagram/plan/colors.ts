import type { StatusColor } from '../../ui/style.ts'

/** The colours of the board as a dark border and a light ground, for text that is nearly black. */
export const planColors: Record<StatusColor, { fill: string; line: string }> = {
  dim: { fill: '#ffffff', line: '#8a96a3' },
  cyan: { fill: '#d9f2f8', line: '#0e7490' },
  green: { fill: '#e0f3e6', line: '#1f7a44' },
  red: { fill: '#fde2df', line: '#b42318' },
  yellow: { fill: '#fff1bf', line: '#8a6100' },
}
