/** The user's answer to a question: a value, back to the previous question, or leave the flow. */
export type Answer<Value> = { type: 'chosen'; value: Value } | { type: 'back' } | { type: 'cancel' }
