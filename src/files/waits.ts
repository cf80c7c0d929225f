/**
 * Milliseconds for which a temporary file whose writer can't be seen, as in a container, is kept: writing takes seconds
 * at most. Then it is removed as left behind.
 */
export const draftLife = 60 * 60_000
