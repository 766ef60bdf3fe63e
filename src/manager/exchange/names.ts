/**
 * Names of receivers and of lists, looked up as the machine does it: hosts file, search domains and all. Where no name server answers, that
 * takes up to a minute, cannot be given up, and blocks one of two threads that look up names for the whole process: the name of the
 * database is one of them. So one name of ours is looked up at a time, and none twice.
 */
import { lookup } from 'node:dns/promises'
import { codeOf } from '#core/errors.ts'
import { turns } from '../turns.ts'
import { within } from '../within.ts'

interface Found {
  readonly address: string
  readonly family: number
}
export type LookUp = (host: string) => Promise<Found>

/** ms that whoever asks waits. */
const usualMs = 10_000
/** ms for which an address is still good when its name is not answered for in time. */
const goodMs = 3_600_000

/** @param look as `lookup` of node:dns/promises */
export const names = (look: LookUp = (host) => lookup(host), patienceMs: number = usualMs): LookUp => {
  const one = turns(1)
  const under = new Map<string, Promise<Found>>()
  const known = new Map<string, { readonly found: Found; readonly at: number }>()

  const begin = async (host: string): Promise<Found> => {
    try {
      const found = await one.take(host, () => look(host))
      known.set(host, { found, at: performance.now() })
      return found
    } finally {
      under.delete(host)
    }
  }
  return async (host) => {
    let looking = under.get(host)
    if (looking === undefined) {
      looking = begin(host)
      under.set(host, looking)
    }
    const kept = known.get(host)
    try {
      return await within(`looking up ${host}`, looking, patienceMs)
    } catch (error) {
      looking.catch(() => undefined)
      const isUnanswered = under.has(host) || codeOf(error) === 'EAI_AGAIN'
      if (kept !== undefined && isUnanswered && performance.now() - kept.at < goodMs) return kept.found
      throw error
    }
  }
}
