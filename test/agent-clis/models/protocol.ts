import type { Answer, ModelRequest } from '../../helpers/model-server.ts'

/** What a model says or does in an answer that has an end. */
type WholeAnswer = Extract<Answer, { kind: 'text' | 'tool' }>

/** How the models of one provider are asked, and how they answer: as server-sent events. */
export interface Protocol {
  /** Whether a path asks for an answer. */
  isAnswer: (path: string) => boolean
  /** Reads the body of a request. */
  read: (body: unknown, path: string) => Pick<ModelRequest, 'model' | 'messages' | 'tools' | 'effort'>
  /** The events of an answer before its end, with this text. */
  begin: (model: string, text: string) => object[]
  /** All events of an answer. The tool `bash` is its shell; any other is called by its name. */
  whole: (model: string, answer: WholeAnswer) => object[]
  /** The body of an answer with an HTTP status that is no success. */
  failure: (status: number, message: string) => object
}

/** The tokens that each answer is said to have used. Of the input, some were in a cache. */
export const usagePerAnswer = { input: 100, cached: 20, output: 30 } as const

let count = 0

/** An id that no other answer has. */
export function newAnswerId(prefix: string): string {
  count += 1
  return `${prefix}_${count}`
}
