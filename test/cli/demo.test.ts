import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { TasksFile } from '../../src/store/tasks/schema.ts'

test('the demo meets a conflict and a failure, gets over both, and lands everything', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'work-demo-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const script = fileURLToPath(new URL('../../docs/demo/run.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script], {
    env: { ...process.env, TMPDIR: folder, HOME: folder },
  })
  expect(stdout).toContain(
    'Thread 01.01.02 (Language Choice) has conflicts with what 01.01.01 (Greeting Catalogue) changed:',
  )
  expect(stdout).toContain('01.01.02 failed: conflict')
  expect(stdout).toContain('01.02.02 failed: exit code 1')
  expect(stdout).toMatch(/Look around: cd \S+ && cat work\/001-greeting-service\/tasks\.json\n$/)

  const [made = ''] = readdirSync(folder)
  expect(readdirSync(folder)).toHaveLength(1)
  const file: TasksFile = JSON.parse(
    readFileSync(join(folder, made, 'work/001-greeting-service/tasks.json'), 'utf8'),
  )
  expect(new Set(file.tasks.map((task) => task.status))).toEqual(new Set(['completed']))
  expect(file.tasks.flatMap((task) => task.sessions ?? [])).toHaveLength(10)

  const greeting = readFileSync(join(folder, made, 'greeting.mjs'), 'utf8')
  expect(greeting).toContain("(name, language = 'en') => `${greetings[language]}, ${name}!`")
  const parts = readdirSync(join(folder, made, 'parts'))
  expect(parts).toHaveLength(8)
})
