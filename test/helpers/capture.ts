import { vi } from 'vitest'

/** What an action writes to standard output and error of this process, and the exit code that it resolves to. */
export async function capture(
  action: () => Promise<number>,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    }),
  )
  try {
    return { code: await action(), ...written }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}
