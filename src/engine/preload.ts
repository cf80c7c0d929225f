import { preloadWriting } from '../store/document.ts'
import { preloadObserving } from './probe.ts'

/**
 * Loads modules that a run needs only at its end or after an error, and that are loaded on demand elsewhere to start
 * quickly. By then the installed `work` may have been replaced by another version, whose files have other names. Node
 * looks for a module once per importing file, even if another file has loaded it, so each module is loaded by a
 * function of the file that needs it.
 */
export async function preloadEngine(): Promise<void> {
  await Promise.all([preloadWriting(), preloadObserving()])
}
