/**
 * Turns at what reads much. The database has ten connections for everything: however many ask, events and orders have theirs. The next
 * turn is of whoever waits and had none for longest, so that many questions of one person hold up that person alone.
 */
import { Fault } from '#core/errors.ts'

/** Questions of one holder that wait. */
const mostWaiting = 32

export interface Turns {
  /** @throws Fault `too-many-requests` when so many of this holder wait already */
  take<T>(holder: string, work: () => Promise<T>): Promise<T>
}

/** @param atOnce how many have their turn at a time */
export const turns = (atOnce: number): Turns => {
  /** By holder; who is first in the map is next. */
  const waiting = new Map<string, (() => void)[]>()
  let running = 0

  const wait = (holder: string): Promise<void> => {
    const own = waiting.get(holder) ?? []
    if (own.length >= mostWaiting)
      throw new Fault('too-many-requests', 'There are too many of these requests at once.', {
        advice: 'Wait 2 s, then try again.',
      })
    waiting.set(holder, own)
    return new Promise((resolve) => void own.push(resolve))
  }
  const pass = (): void => {
    const [first] = waiting
    if (first === undefined) return void running--
    const [holder, own] = first
    waiting.delete(holder)
    const begin = own.shift()
    if (own.length > 0) waiting.set(holder, own)
    begin?.()
  }

  return {
    take: async (holder, work) => {
      if (running < atOnce) running++
      else await wait(holder)
      try {
        return await work()
      } finally {
        pass()
      }
    },
  }
}
