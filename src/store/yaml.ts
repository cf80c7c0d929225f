/** The YAML parser, to be imported on need: a bundle can't give a lazily imported CommonJS package its names. */
export { LineCounter, parseDocument } from 'yaml'
