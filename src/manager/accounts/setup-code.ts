/** The code that lets the first administrator in. It lives in memory: a restart makes another one. */
import { randomInt } from 'node:crypto'
import { sameSecret } from './secret.ts'

const validMs = 30 * 60_000
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
/** 5 bits each: 100 bits in all. */
const groups = 5
const groupLength = 4

export interface SetupCode {
  readonly code: string
  /** ms since 1970 */
  readonly until: number
  matches(given: string, now: number): boolean
}

export const newSetupCode = (now: number): SetupCode => {
  const group = (): string => Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('')
  const code = Array.from({ length: groups }, group).join('-')
  const until = now + validMs
  return { code, until, matches: (given, at) => at < until && sameSecret(given.trim().toUpperCase(), code) }
}
