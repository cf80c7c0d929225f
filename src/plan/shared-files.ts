import type { Plan, Thread } from './plan.ts'

/** A file, or a folder, that threads of one batch all name. */
export interface SharedFile {
  /** Id of the batch. */
  batch: string
  /** As one of them names it. */
  file: string
  /** Ids of the threads, in order. */
  threads: string[]
}

/**
 * The files that two threads of a batch both name in their summary, details or steps. That they both change it can't be known
 * from that, so it is something to look at.
 */
export function sharedFiles(plan: Plan): SharedFile[] {
  return plan.stages.flatMap(({ batches }) => batches.flatMap(({ id, threads }) => sharedIn(id, threads)))
}

function sharedIn(batch: string, threads: readonly Thread[]): SharedFile[] {
  const named = threads.map((thread) => ({ id: thread.id, files: filesOf(thread) }))
  const files = [...new Set(named.flatMap((thread) => thread.files))]
  const shared = files.flatMap((file) => {
    const by = named
      .filter((thread) => thread.files.some((other) => isWithin(other, file)))
      .map(({ id }) => id)
    return by.length > 1 && named.filter((thread) => thread.files.includes(file)).length > 0
      ? [{ batch, file, threads: by }]
      : []
  })
  // A folder says no more than the files in it that the same threads name.
  return shared.filter(
    (one) =>
      !shared.some(
        (other) =>
          other !== one && isWithin(other.file, one.file) && other.threads.join() === one.threads.join(),
      ),
  )
}

/** Whether a path is that file, or in that folder. */
function isWithin(path: string, file: string): boolean {
  return path === file || (file.endsWith('/') && path.startsWith(file))
}

function filesOf({ summary, details, steps }: Thread): string[] {
  const text = [summary, details, ...steps.map((step) => step.text)].join('\n')
  return [...new Set(text.split(/[\s`'"“”‘’()[\]{}<>,;|]+/).flatMap(readPath))]
}

const commonFile =
  /^[\w.-]*[\w-]\.(?:[cm]?[jt]sx?|json|mdx?|txt|rst|ya?ml|toml|ini|cfg|env|lock|css|scss|less|html?|vue|svelte|py|rb|go|rs|java|kts?|swift|c|h|cc|cpp|hpp|cs|php|sh|sql|graphql|proto|xml|csv|svg|gradle|tf|am)$/

/** Words that look like files and are none. */
const notFiles = /^(?:e\.g|i\.e|etc|vs|node\.js|next\.js|vue\.js|nuxt\.js|three\.js|d3\.js)$/i

/**
 * The path that a word is, without `./` before it and a line or punctuation after it; none if it is another word. A path has
 * a slash or an extension; addresses, patterns, versions and paths outside of the repository are none.
 */
function readPath(word: string): string[] {
  const path = word
    .replace(/[.:!?*_]+$/, '')
    .replace(/^[*_]+/, '')
    .replace(/(?<=\.\w+):\d+(?::\d+)?$/, '')
    .replace(/^\.\//, '')
  if (path.includes('//') || path.includes('..') || /[^\w./@+-]/.test(path) || /^[/@.]?$/.test(path))
    return []
  if (path.startsWith('/') || path.startsWith('@') || notFiles.test(path)) return []
  const name = path.split('/').at(-1) ?? ''
  if (name === '') return path.split('/').length > 1 ? [path] : []
  // Without a slash only what ends as files commonly do: `Array.from` is none.
  const isFile = path.includes('/') ? /[\w-]\.[a-z][a-z0-9]{0,9}$/.test(name) : commonFile.test(name)
  return isFile && !/\.(?:com|org|net|io)$/.test(name) ? [path] : []
}
