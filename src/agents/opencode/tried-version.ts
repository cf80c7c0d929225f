/** The opencode that `work` is tested with: the one that its package.json pins. */
export const triedVersion = '1.18.33'
