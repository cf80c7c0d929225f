/** The opencode version that `work` is tested with, as pinned in its package.json. */
export const triedVersion = '1.18.33'
