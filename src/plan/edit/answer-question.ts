export function answerQuestion(text: string, line: number, answer: string): string {
  const lines = text.split('\n')
  lines[line - 1] = `${(lines[line - 1] ?? '').replace('[ ]', '[x]')} ${answer}`
  return lines.join('\n')
}
