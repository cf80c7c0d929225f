import { z } from 'zod'
import { newAnswerId, usagePerAnswer, type Protocol } from './protocol.ts'

const Part = z.looseObject({
  text: z.string().default(''),
  functionCall: z.object({ name: z.string() }).optional(),
  functionResponse: z.unknown().optional(),
})
const Body = z.object({
  contents: z.array(z.object({ role: z.string().default('user'), parts: z.array(Part) })),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(z.object({ name: z.string() })).default([]) }))
    .default([]),
})

const { input, cached, output } = usagePerAnswer
const usageMetadata = {
  promptTokenCount: input,
  cachedContentTokenCount: cached,
  candidatesTokenCount: output,
  totalTokenCount: input + output,
}
const stops = { stop: 'STOP', length: 'MAX_TOKENS', content_filter: 'SAFETY' } as const
const errorNames: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
}

/** The generateContent API of Gemini. */
export const gemini: Protocol = {
  isAnswer: (path) => path.endsWith(':streamGenerateContent'),
  read(body, path) {
    const { contents, tools } = Body.parse(body)
    return {
      model: /models\/([^:/]+):/.exec(path)?.[1] ?? '',
      messages: contents.map(readContent),
      tools: tools.flatMap(({ functionDeclarations }) => functionDeclarations.map(({ name }) => name)),
      effort: undefined,
    }
  },
  begin: (model, text) => [chunk(model, [{ text }])],
  whole(model, answer) {
    const said = answer.text === '' ? [] : [{ text: answer.text }]
    const finish = answer.kind === 'tool' ? 'STOP' : stops[answer.finish]
    const called =
      answer.kind === 'tool'
        ? [answer.tool === 'bash' ? shellCall(answer.args) : otherCall(answer.tool, answer.args)]
        : []
    return [chunk(model, [...said, ...called]), chunk(model, [], finish)]
  },
  failure: (status, message) => ({
    error: { code: status, message, status: errorNames[status] ?? 'INTERNAL' },
  }),
}

function readContent({ role, parts }: z.infer<typeof Body>['contents'][number]) {
  const text = parts.map((part) => part.text).join('\n')
  const calls = parts.flatMap(({ functionCall }) => functionCall?.name ?? [])
  const isResult = parts.some(({ functionResponse }) => functionResponse !== undefined)
  if (isResult) return { role: 'tool', text: JSON.stringify(parts), calls }
  return { role: role === 'model' ? 'assistant' : role, text, calls }
}

function shellCall({ command, description }: Record<string, unknown>): object {
  const id = newAnswerId('call')
  return { functionCall: { id, name: 'run_shell_command', args: { command, description } } }
}

function otherCall(name: string, args: Record<string, unknown>): object {
  return { functionCall: { id: newAnswerId('call'), name, args } }
}

function chunk(model: string, parts: object[], finishReason?: string): object {
  const content = { role: 'model', parts }
  return { candidates: [{ index: 0, content, finishReason }], usageMetadata, modelVersion: model }
}
