import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { claude } from '../../../src/runners/agent-cli/claude.ts'
import { codex } from '../../../src/runners/agent-cli/codex.ts'
import { gemini } from '../../../src/runners/agent-cli/gemini.ts'
import { CliOutput, createConversation } from '../../../src/runners/agent-cli/output.ts'
import { makeFolder } from './recorded-lines.ts'

function piece(content: string): string {
  return JSON.stringify({ type: 'message', role: 'assistant', content, delta: true })
}

describe('the output of an agent CLI', () => {
  it('is read as it grows, without a last line that is not complete', () => {
    const log = join(makeFolder(), 'log')
    writeFileSync(log, '')
    const output = new CliOutput(gemini, log)
    appendFileSync(log, `${piece('One ')}\n${piece('two').slice(0, 20)}`)
    output.update()
    expect(output.reading.line).toBe('One ')
    appendFileSync(log, `${piece('two').slice(20)}\n`)
    output.update()
    expect(output.reading.line).toBe('One two')
  })

  it('that can not be read is a problem of the session, and no error', () => {
    const output = new CliOutput(gemini, makeFolder())
    output.update()
    expect(output.reading).toMatchObject({ hasOutput: false, end: undefined })
    expect(output.reading.problem).toContain('not a regular file')
  })

  it('has no usage below zero', () => {
    const log = join(makeFolder(), 'log')
    const stats = { input_tokens: -5, output_tokens: 3 }
    writeFileSync(log, `${JSON.stringify({ type: 'result', status: 'success', stats })}\n`)
    const output = new CliOutput(gemini, log)
    output.update()
    expect(output.reading.ofRun).toEqual({ outputTokens: 3 })
  })

  it('of a program that begins once more has not ended', () => {
    const log = join(makeFolder(), 'log')
    const begin = JSON.stringify({ type: 'init', session_id: 's' })
    const end = JSON.stringify({ type: 'result', status: 'success' })
    writeFileSync(log, `${begin}\n${end}\n`)
    const output = new CliOutput(gemini, log)
    output.update()
    expect(output.reading.end).toEqual({ type: 'done' })
    appendFileSync(log, `${begin}\n`)
    output.update()
    expect(output.reading.end).toBeUndefined()
  })

  it('is read to its end without a last line break', () => {
    const log = join(makeFolder(), 'log')
    writeFileSync(log, '{"type":"result","is_error":false}')
    const output = new CliOutput(claude, log)
    output.update()
    expect(output.reading.end).toBeUndefined()
    output.finish()
    expect(output.reading.end).toMatchObject({ type: 'done' })
  })

  it('keeps the last lines that are no events, without half an event', () => {
    const log = join(makeFolder(), 'log')
    writeFileSync(log, 'Starting\n\n{"type":"system"}\nSegmentation fault\n{"type":"resu')
    const output = new CliOutput(claude, log)
    output.finish()
    expect(output.reading.plain).toBe('Starting\nSegmentation fault')
  })

  it('shows a retry until something else happens', () => {
    const log = join(makeFolder(), 'log')
    writeFileSync(log, `${JSON.stringify({ type: 'error', message: 'Reconnecting... 2/5 (500)' })}\n`)
    const output = new CliOutput(codex, log)
    output.update()
    expect(output.reading).toMatchObject({ line: 'retrying 2/5 (500)', hasOutput: false })
    const said = { type: 'item.completed', item: { type: 'agent_message', text: 'After all.' } }
    appendFileSync(log, `${JSON.stringify(said)}\n`)
    output.update()
    expect(output.reading).toMatchObject({ line: 'After all.', hasOutput: true })
  })
})

describe('a conversation of an agent CLI', () => {
  it.each<[title: string, line: string, entries: object[]]>([
    ['no event', 'Segmentation fault', [{ kind: 'text', text: 'Segmentation fault' }]],
    ['an empty line', '', []],
    ['an event of no interest', '{"type":"system","subtype":"init"}', []],
    [
      'a text',
      '{"type":"assistant","message":{"content":[{"type":"text","text":"Hello.\\n\\n"}]}}',
      [{ kind: 'text', text: 'Hello.' }],
    ],
    [
      'an end with an error',
      '{"type":"result","is_error":true,"result":"No."}',
      [{ kind: 'error', text: 'No.' }],
    ],
    [
      'a limit',
      '{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1796000000}}',
      [{ kind: 'error', text: 'No more requests before 2026-11-30T00:53:20.000Z.' }],
    ],
  ])('shows %s', (_, line, entries) => {
    expect(createConversation(claude).entriesOf(line)).toMatchObject(entries)
  })

  it('joins the pieces of a text, and shows each of its lines once', () => {
    const { entriesOf, rest } = createConversation(gemini)
    const pieces = ['The ca', 'pital is\n', '\n', 'Paris']
    const shown = pieces.flatMap((text) => entriesOf(piece(text)))
    expect(shown.map(({ text }) => text)).toEqual(['The capital is'])
    expect(rest?.()).toMatchObject([{ kind: 'text', text: 'Paris' }])
    expect(rest?.()).toEqual([])
  })

  it('ends a text that was written in pieces where a tool begins', () => {
    const { entriesOf } = createConversation(gemini)
    entriesOf(piece('I look.'))
    const tool = { type: 'tool_use', tool_name: 'ls', parameters: { path: 'src' } }
    expect(entriesOf(JSON.stringify(tool)).map(({ text }) => text)).toEqual(['I look.', 'ls: src'])
  })
})
