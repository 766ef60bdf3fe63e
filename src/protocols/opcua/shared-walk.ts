import { Walk } from './walk.ts'

/** The only one: a message is read to its end before the next one is begun. */
export const walk = new Walk()
