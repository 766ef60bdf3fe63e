/** Starts what works by itself: deliveries, looks at lists, and the objects that TAXII shows. */
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Manager } from '../context.ts'
import { dropCursors } from './cursors.ts'
import { deliverTo } from './deliveries.ts'
import { openOutlet } from './deliver/open.ts'
import type { Outlet } from './deliver/outlet.ts'
import { refreshDue } from './lists/refresh.ts'
import { type Readers, readers as usualReaders } from './readers.ts'
import { receiverRows, type ReceiverRow, wholeTarget } from './receivers.ts'
import { prepareSeal } from './seal.ts'
import { publisher } from './taxii/publish.ts'
import { registerExchange } from './registry.ts'

export interface ExchangeOptions {
  readonly readers?: Readers
  /** Where this manager listens: no receiver may be there. */
  readonly ownPorts?: readonly number[]
  readonly onTrouble?: (what: string) => void
  /** ms between looks when nothing wakes it; a hint may get lost. */
  readonly lookMs?: number
  /** ms until the first repetition, and at most. */
  readonly shortestMs?: number
  readonly longestMs?: number
}

interface Runner {
  /** Of what it was opened with. */
  readonly form: string
  readonly outlet: Outlet
  busy: boolean
  again: boolean
  /** Not before (ms since 1970 on the real clock). */
  due: number
  backoff: number
}

const formOf = (row: ReceiverRow): string =>
  createHash('sha256')
    .update(JSON.stringify([row.target, row.secrets, row.created]))
    .digest('hex')

export const startExchange = (manager: Manager, options: ExchangeOptions = {}) => {
  const { readers = usualReaders, ownPorts = [], onTrouble = () => undefined } = options
  const { lookMs = 2000, shortestMs = 1000, longestMs = 300_000 } = options
  prepareSeal(manager.state)
  const ended = new AbortController()
  const signal = AbortSignal.any([manager.ending, ended.signal])
  const runners = new Map<string, Runner>()
  let bell = new AbortController()
  const wake = (): void => bell.abort()
  const forget = registerExchange(manager, { readers, ownPorts, wake })
  const ends = [
    manager.bus.subscribe('state', wake),
    manager.bus.subscribe('changed', ({ kind }) => {
      if (kind === 'events') wake()
    }),
  ]

  const runnerOf = (row: ReceiverRow): Runner => {
    const form = formOf(row)
    const found = runners.get(row.name)
    if (found?.form === form) return found
    found?.outlet.close()
    const { target, secrets } = wholeTarget(manager.state, row)
    const { now, version } = manager
    const outlet = openOutlet(target, { name: row.name, secrets, version, ownPorts, now })
    const made: Runner = { form, outlet, busy: false, again: false, due: 0, backoff: shortestMs }
    runners.set(row.name, made)
    return made
  }
  const run = async (row: ReceiverRow, runner: Runner): Promise<void> => {
    if (runner.busy) return void (runner.again = true)
    if (runner.due > Date.now()) return
    runner.busy = true
    const pass = await deliverTo({ manager, readers, row, outlet: runner.outlet, signal })
    runner.busy = false
    if (pass.end === 'failed') {
      onTrouble(`receiver ${row.name}: ${pass.what}`)
      runner.due = Date.now() + runner.backoff * (1 - Math.random() / 2)
      runner.backoff = Math.min(longestMs, runner.backoff * 2)
    } else {
      runner.backoff = shortestMs
      runner.due = pass.end === 'wait' ? Date.now() + pass.ms : 0
      if (runner.again) wake()
    }
    runner.again = false
  }
  const look = async (): Promise<Promise<void>[]> => {
    const rows = (await receiverRows(manager)).filter(({ enabled }) => enabled)
    for (const [name, runner] of runners)
      if (!rows.some((row) => row.name === name)) {
        runner.outlet.close()
        runners.delete(name)
      }
    return rows.map(async (row) => {
      try {
        await run(row, runnerOf(row))
      } catch (error) {
        onTrouble(`receiver ${row.name}: ${String(error)}`)
      }
    })
  }

  const working = new Set<Promise<unknown>>()
  const keep = (work: Promise<unknown>): void => {
    const kept = work.catch((error: unknown) => onTrouble(String(error))).finally(() => working.delete(kept))
    working.add(kept)
  }
  /** Once at a time, and not more often than every second. */
  const seldom = (work: () => Promise<unknown>): (() => Promise<void>) => {
    let busy = false
    let last = 0
    return async () => {
      if (busy || Date.now() - last < 1000) return
      busy = true
      last = Date.now()
      await work().finally(() => (busy = false))
    }
  }
  const publish = seldom(publisher(manager, readers))
  const refresh = seldom(() => refreshDue(manager, { readers, ownPorts, signal }))

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      bell = new AbortController()
      try {
        for (const work of await look()) keep(work)
        keep(publish())
        keep(refresh())
      } catch (error) {
        onTrouble(String(error))
      }
      const soon = Math.min(...[...runners.values()].map(({ due }) => due - Date.now()).filter((ms) => ms > 0), lookMs)
      await pause(Math.max(20, soon), undefined, { signal: AbortSignal.any([signal, bell.signal]) }).catch(
        () => undefined,
      )
      // Many hints at once are one look.
      await pause(20, undefined, { signal }).catch(() => undefined)
    }
  }
  const looping = loop()

  return {
    wake,
    close: async (): Promise<void> => {
      ended.abort()
      for (const end of ends) end()
      forget()
      await looping
      await Promise.allSettled(working)
      for (const { outlet } of runners.values()) outlet.close()
      await dropCursors(manager)
    },
  }
}
