import { randomBytes } from 'node:crypto'
import { nextId } from '#core/id.ts'

let last: string | undefined

/** An identifier that sorts in the order in which they were given out. */
export const newId = (now: number): string => (last = nextId(last, now, randomBytes(10)))
