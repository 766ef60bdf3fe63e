/** The edge as a plain bridge for a limited time, ordered through the daemon. For that without one see edge/bypass. */
import * as z from 'zod'
import { durationSeconds } from '#schema/duration.ts'
import type { OrderReport, RequestOf } from '#schema/control.ts'
import { steadyNow, type Edge } from '../context.ts'
import { notDurable, record, writeOrder } from '../writing.ts'
import { resetTranslated } from '../inspection/reset-translated.ts'
import { bypassLeft, setBypass } from '../kernel/permits.ts'
import { keys } from '../store/kv.ts'
import type { Store } from '../store/open.ts'

export const bypass = (edge: Edge, request: RequestOf<'bypass'>): OrderReport => {
  const started = performance.now()
  const seconds = durationSeconds(request.for)
  const before = performance.now()
  setBypass(edge.nft, edge.family, seconds)
  const kernel = performance.now() - before
  const resets = resetTranslated(edge.store.path)
  const until = new Date(steadyNow(edge.store) + seconds * 1000).toISOString()
  const value = { until, reason: request.reason, by: request.by }
  const write = (): true => {
    edge.store.kv.set(keys.bypass, value)
    record(edge, {
      kind: 'bypass-start',
      by: request.by,
      text: `The edge passes everything until ${until}: ${request.reason}.`,
      ...(resets === 0 ? {} : { details: { resets } }),
    })
    return true
  }
  const stored = writeOrder(edge, write, ({ values }) => values.set(keys.bypass, value))
  return {
    id: 'bypass',
    ms: { total: performance.now() - started, kernel },
    expires: until,
    text: `bypassed until ${until}${resets === 0 ? '' : `; ${resets} connection${resets === 1 ? '' : 's'} that carried a refused command ${resets === 1 ? 'was' : 'were'} reset`}${notDurable(edge, stored, 'a restart of the machine before then ends it')}`,
  }
}

/** @returns undefined when it could not be stored yet; it is told once all the same */
const writeEnd = (edge: Edge, by: string, text: string): true | undefined => {
  const write = (): true => {
    edge.store.kv.set(keys.bypass, undefined)
    record(edge, { kind: 'bypass-end', by, text })
    return true
  }
  return writeOrder(edge, write, ({ values }) => values.set(keys.bypass, undefined))
}

const Ordered = z.object({ until: z.iso.datetime() })

/** Seconds that are left of the bypass that was ordered last, by the clock; undefined when it was ended. */
const orderedLeft = (store: Pick<Store, 'kv' | 'lastTime'>): number | undefined => {
  const ordered = store.kv.get(keys.bypass, Ordered)
  return ordered === undefined ? undefined : (Date.parse(ordered.until) - steadyNow(store)) / 1000
}

/** A bypass in force, put back after the machine restarted or somebody else took the rules away: production comes first. */
export const restoreBypass = ({ nft, family, store }: Pick<Edge, 'nft' | 'family' | 'store'>): void => {
  const seconds = orderedLeft(store) ?? 0
  if (seconds > 0) setBypass(nft, family, seconds)
}

/** Seconds. With less left it may have ended in one place and not yet in the other. */
const lingerS = 3

/**
 * The kernel kept the rules while no daemon ran, so what it says of a bypass holds. One that began or ended there and was not written
 * down, because whoever ordered it was killed in that moment, is written down now: what nobody ended must not come back with the machine.
 */
export const adoptBypass = (edge: Edge): void => {
  const kernel = bypassLeft(edge.nft, edge.family) ?? 0
  const ordered = orderedLeft(edge.store) ?? 0
  if (kernel > lingerS && ordered <= 0) {
    const until = new Date(steadyNow(edge.store) + kernel * 1000).toISOString()
    const reason = 'the kernel has it, and nobody could write down who ordered it and why'
    const value = { until, reason, by: 'unknown' }
    const write = (): void => {
      edge.store.kv.set(keys.bypass, value)
      record(edge, {
        kind: 'bypass-start',
        by: 'unknown',
        text: `The edge passes everything until ${until}: ${reason}.`,
      })
    }
    writeOrder(edge, write, ({ values }) => values.set(keys.bypass, value))
  } else if (ordered > lingerS && kernel === 0)
    writeEnd(
      edge,
      'unknown',
      'The edge enforces again: the bypass was ended before its time, and nobody could write down by whom.',
    )
}

/** The kernel ends a bypass by itself; that is written down. Called every few seconds. */
export const settleBypass = (edge: Edge): void => {
  const seconds = orderedLeft(edge.store)
  if (seconds === undefined || seconds > 0 || bypassLeft(edge.nft, edge.family) !== undefined) return
  writeEnd(edge, 'kernel', 'The bypass is over: the edge enforces again.')
}

export const endBypass = (edge: Edge, request: RequestOf<'bypass-end'>): OrderReport => {
  const started = performance.now()
  const before = performance.now()
  setBypass(edge.nft, edge.family, 0)
  const kernel = performance.now() - before
  const stored = writeEnd(edge, request.by, 'The edge enforces again.')
  return {
    id: 'bypass',
    ms: { total: performance.now() - started, kernel },
    text: `enforcing again${notDurable(edge, stored, 'a restart of the machine before then may bring it back')}`,
  }
}
