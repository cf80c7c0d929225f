export { helpers, program } from '../programs.ts'
