/** What routes and the reaction need of a running exchange. */
import type { Manager } from '../context.ts'
import { type Readers, readers as usualReaders } from './readers.ts'

export interface Exchange {
  readonly readers: Readers
  readonly ownPorts: readonly number[]
  readonly wake: () => void
}

const running = new WeakMap<Manager, Exchange>()

export const registerExchange = (manager: Manager, exchange: Exchange): (() => void) => {
  running.set(manager, exchange)
  return () => void running.delete(manager)
}

export const exchangeOf = (manager: Manager): Exchange =>
  running.get(manager) ?? { readers: usualReaders, ownPorts: [], wake: () => undefined }
