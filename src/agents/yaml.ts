/**
 * The YAML parser, imported on demand. Its own module, because a bundle loses the names of a lazily imported CommonJS
 * package.
 */
export { LineCounter, parseDocument } from 'yaml'
