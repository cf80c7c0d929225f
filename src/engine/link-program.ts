import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { draftName, removeDrafts } from '../files/drafts.ts'
import type { Workspace } from '../paths.ts'
import { binFolder } from '../process/env.ts'
import { installInterval, installPatience } from './waits.ts'
import { singleQuoted } from '../text/shell-quote.ts'

/**
 * Makes `main` available as `work` to every session of this repository. The script names the Node that runs now: PATH
 * may have none, or an older one.
 */
export function installProgram(workspace: Workspace, main: string, node: string = process.execPath): void {
  const path = programPath(workspace)
  const script = scriptOf(main, node)
  if (readProgram(path) === script) return
  mkdirSync(dirname(path), { recursive: true })
  // Written to a draft and renamed, so that a session always finds a complete program.
  const draft = draftName(path)
  removeDrafts(dirname(path))
  writeFileSync(draft, script, { mode: 0o755 })
  chmodSync(draft, 0o755)
  renameSync(draft, path)
}

/**
 * The same, but only if the program is missing or unusable: one created by another run stays, which may use another
 * Node or another installation.
 */
export function linkProgram(workspace: Workspace, main: string, node: string = process.execPath): void {
  const found = readProgram(programPath(workspace))
  if (found === undefined || !isUsable(found)) installProgram(workspace, main, node)
}

/**
 * While `work` is being replaced by another version, its files are missing for a moment: no report must be lost
 * because of that.
 */
function scriptOf(main: string, node: string): string {
  return `#!/bin/sh
main=${singleQuoted(main)}
tries=0
while [ ! -e "$main" ] && [ "$tries" -lt ${installPatience / installInterval} ]; do
  tries=$((tries + 1))
  sleep ${installInterval / 1000}
done
if [ ! -e "$main" ]; then
  echo "Error: $main not found. Install work again, then: work continue" >&2
  exit 1
fi
exec ${singleQuoted(node)} "$main" "$@"
`
}

/** Whether a text is a script of a program whose files exist. */
function isUsable(script: string): boolean {
  const [, main, node] =
    /^#!\/bin\/sh\nmain=('[^]*')\ntries=0\n[^]*\nexec ('[^]*') "\$main" "\$@"\n$/.exec(script) ?? []
  if (main === undefined || node === undefined) return false
  const [mainPath, nodePath] = [unquoted(main), unquoted(node)]
  return script === scriptOf(mainPath, nodePath) && existsSync(mainPath) && existsSync(nodePath)
}

function programPath(workspace: Workspace): string {
  return join(binFolder(workspace), 'work')
}

/** The text of a word that {@link singleQuoted} made. */
function unquoted(word: string): string {
  return word.slice(1, -1).replaceAll("'\\''", "'")
}

/** The text of the program; undefined if it can't be executed, or if it is the link that an earlier version created. */
function readProgram(path: string): string | undefined {
  const entry = lstatSync(path, { throwIfNoEntry: false })
  const isSound = entry?.isFile() === true && (entry.mode & 0o111) === 0o111
  return isSound ? readFileSync(path, 'utf8') : undefined
}
