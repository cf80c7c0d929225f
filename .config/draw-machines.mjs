import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Draws the statecharts into the docs, from the machines that the built `dist/` runs: `img/<chart>.svg`, and in
 * machines.md the Mermaid between `<!-- chart: <name> -->` and `<!-- end -->`. A chart without such a place gets a section at
 * the end. The folder is `docs` unless another one is given.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.argv[2] ?? join(root, 'docs')
const page = join(folder, 'machines.md')

work('all', '--format', 'svg', '--out', join(folder, 'img'))
const names = JSON.parse(work('all', '--json')).map(({ chart }) => chart)
writeFileSync(page, names.reduce(draw, readFileSync(page, 'utf8')))

function draw(text, name) {
  const start = `<!-- chart: ${name} -->`
  const [before, ...after] = text.split(start)
  if (after.length === 0) return draw(`${text}\n## The chart of ${name}\n\n${start}\n<!-- end -->\n`, name)
  const rest = after.join(start)
  const drawn = `\n\n\`\`\`mermaid\n${work(name)}\`\`\`\n\n[The same as SVG](img/${name}.svg)\n\n`
  return before + start + drawn + rest.slice(rest.indexOf('<!-- end -->'))
}

function work(...args) {
  const main = join(root, 'dist', 'main.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'diagram', ...args], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`work diagram ${args.join(' ')}: ${stderr}`)
  return stdout
}
