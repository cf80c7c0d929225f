export const greetings = { en: 'Hello', de: 'Guten Tag', pt: 'Bom dia' }

export const hello = (name) => `Hello, ${name}!`
