/** Lines that a template has without its comments: headings whose name is left out, labels, and what is around the plan. */
const ofTemplate =
  /^(?:#{1,2} .*|#{3,6} +(?:stage|batch|thread) +\d+ *:|#### +[a-z ]+|\*\*[a-z]+:\*\*|> \*\*stream id:.*|---|[*_]last updated:.*)$/i

/** Whether nobody has written anything into the template of a plan yet: all that could be filled in is a comment. */
export function isUnfilled(text: string): boolean {
  const lines = text.replaceAll(/<!--[^]*?-->/g, '').split(/\r?\n/)
  return lines.map((line) => line.trim()).every((line) => line === '' || ofTemplate.test(line))
}
