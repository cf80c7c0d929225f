/** What a person answers to a question: a value, or to go back to the one before, or to leave it all. */
export type Answer<Value> = { type: 'chosen'; value: Value } | { type: 'back' } | { type: 'cancel' }
