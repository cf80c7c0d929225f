import { preloadWriting } from '../store/document.ts'
import { preloadObserving } from './observe.ts'

/**
 * Loads what a run needs only at its end, or when something goes wrong, and that is loaded on need elsewhere to start
 * quickly. Until then the installed `work` may have been replaced by another version: its files have other names.
 * Node looks for a module once for each file that imports it, also when another has loaded it: so each is loaded by a
 * function of the file that needs it.
 */
export async function preloadEngine(): Promise<void> {
  await Promise.all([preloadWriting(), preloadObserving()])
}
