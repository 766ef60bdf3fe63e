/** The end of a manager's orders: other orders about the same address go on. */
import type { EventDraft } from '#schema/event.ts'
import { assetOf, endOf, steadyNow, vlansOf, type Edge } from '../context.ts'
import { record, writeOrder } from '../writing.ts'
import { holdAll } from '../kernel/containment.ts'
import type { Layer } from '../store/overlay.ts'
import { linksOf, releaseSoftly, type ReleasedNow, type ReleaseOrder } from './contain.ts'
import { lastOf, orderedAbout, withheld } from './ordered.ts'

export interface EndedOrder extends ReleaseOrder {
  /** Until when others of the same origin still hold about the address, ms since 1970; absent where none does. */
  readonly until?: number
}

/**
 * Ends orders of the manager. An address about which another order holds, of the manager or of a person here, stays contained for as
 * long as that says.
 * @param beside what is written down in the same transaction; `stays` says of an address why it is contained still
 * @param meanwhile lays over the store what holds until that is written down
 */
export const endManagers = async <T extends EndedOrder>(
  edge: Edge,
  orders: readonly T[],
  beside: (some: readonly T[], done: ReleasedNow, stays: (ip: string) => string | undefined) => void,
  meanwhile: (some: readonly T[], layer: Layer) => void,
): Promise<void> => {
  const now = steadyNow(edge.store)
  const others = (ip: string) => orderedAbout(edge.store, ip, now).filter(({ origin }) => origin === 'person')
  const isHeld = ({ ip, until }: T): boolean => until !== undefined || others(ip).length > 0
  const staying = orders.filter(isHeld)
  if (staying.length > 0) {
    const vlans = vlansOf(edge.plan)
    const ends = new Map(staying.map(({ ip, until = 0 }) => [ip, Math.max(until, lastOf(others(ip)))]))
    const before = performance.now()
    holdAll(
      edge.nft,
      edge.family,
      [...ends].map(([ip, end]) => ({ ip, vlans, seconds: (end - now) / 1000, links: linksOf(edge, ip) })),
    )
    const done = { at: Date.now(), kernelMs: performance.now() - before, ips: new Set(ends.keys()) }
    const write = (): void => {
      for (const { ip, by, until } of staying)
        for (const row of orderedAbout(edge.store, ip, now).filter(({ origin }) => origin === 'manager'))
          if (until === undefined) edge.store.containments.release(row.id, by, now)
          else edge.store.containments.add({ ...row, since: now, expiresAt: until })
      const stays = (ip: string) => withheld(edge.store, ip, now)?.text
      record(
        edge,
        ...staying.map(({ ip, by, reason }): EventDraft => ({
          kind: 'release',
          source: endOf(edge.plan, ip),
          by,
          text: `An order about ${assetOf(edge.plan, ip) ?? ip} is over: ${reason}; ${stays(ip) ?? ''}.`,
        })),
      )
      beside(staying, done, stays)
    }
    const ended = staying.flatMap(({ ip, until }) => (until === undefined ? orderedAbout(edge.store, ip, now) : []))
    writeOrder(edge, write, (layer) => {
      for (const { id, origin } of ended) if (origin === 'manager') layer.released.add(id)
      meanwhile(staying, layer)
    })
  }
  const rest = orders.filter((one) => !staying.includes(one))
  if (rest.length > 0)
    await releaseSoftly(
      edge,
      rest,
      (done) => beside(rest, done, () => undefined),
      (layer) => meanwhile(rest, layer),
    )
}
