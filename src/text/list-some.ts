/** `one, two, three and 4 more`. */
export function listSome(words: string[], most = 3): string {
  const rest = words.length - most
  return rest > 0 ? `${words.slice(0, most).join(', ')} and ${rest} more` : words.join(', ')
}
