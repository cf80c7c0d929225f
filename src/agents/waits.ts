/** Milliseconds for which `work init` waits for the list of models. Then it says so, and writes its template's model. */
export const modelListPatience = 20_000
