/** Orders of the manager: contain a source, release it. */
import { canonicalIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import type { OrderObject } from '#schema/link-objects.ts'
import { steadyNow, type Edge } from '../context.ts'
import { writeManagers } from '../writing.ts'
import { listHeld } from '../kernel/containment.ts'
import { running } from '../kernel/generations.ts'
import { containAll, refuseProtected } from '../orders/contain.ts'
import { endManagers, type EndedOrder } from '../orders/end-managers.ts'
import { lastOf, orderedAbout } from '../orders/ordered.ts'
import type { HeldObject } from '../store/held.ts'
import { heldKey } from '../store/overlay.ts'
import {
  keep,
  layGone,
  layHeld,
  localExpiry,
  note,
  orderer,
  reasonOf,
  secondsLeft,
  type Stream,
  type StreamContext,
} from './stream.ts'

const stream = 'orders'
const held = 'contained'
const addressOf = ({ ip }: OrderObject): string => canonicalIp(ip) ?? ip

/**
 * A known asset is contained when a person said that it is meant, and by an order that follows by itself from what happened elsewhere
 * when somebody agreed to it for its zone; a safety asset never.
 * @throws Fault `refused`
 */
const refuseUnagreed = (edge: Edge, { cause, known: isSaid }: OrderObject, ip: string): void => {
  refuseProtected(edge, ip)
  const known = edge.plan.known.find((row) => row.ip === ip)
  if (known === undefined || isSaid === true) return
  if (cause === undefined)
    throw new Fault(
      'refused',
      `${known.asset} is a known asset here, and who ordered it did not say that it is meant.`,
      {
        advice: 'Order it again with --known.',
      },
    )
  const agreed = edge.site.responses.some((row) => row.zone === known.zone && row.known?.startsWith('contain') === true)
  if (agreed) return
  throw new Fault(
    'refused',
    `${known.asset} is a known asset, and nobody agreed for zone ${known.zone} that it may be contained automatically.`,
  )
}

/** Whether it holds, and is not written down yet. */
const isUnwritten = (edge: Edge, one: HeldObject): boolean =>
  one.became !== '' && edge.store.overlay.layer.held.has(heldKey(one))

/** Until when orders of the manager hold that contain an address, but for one; ms since 1970, absent where none does. */
const othersUntil = ({ edge }: StreamContext, ip: string, isOver: (one: HeldObject) => boolean): number | undefined => {
  const now = steadyNow(edge.store)
  const row = orderedAbout(edge.store, ip, now).find(({ origin }) => origin === 'manager')
  const ends = edge.store.held
    .about(stream, ip)
    // What a person has released here is not put back.
    .filter((one) => row !== undefined || isUnwritten(edge, one))
    .flatMap((one) => (one.became === '' || one.expires <= now || isOver(one) ? [] : [one.expires]))
  if (ends.length === 0) return undefined
  return row === undefined ? Math.max(...ends) : Math.min(lastOf([row]), Math.max(...ends))
}

/** All of them in one transaction of the kernel and one of the disk. Another order about the same address is not shortened. */
const containTogether = (context: StreamContext, orders: readonly OrderObject[]): void => {
  const { edge } = context
  if (orders.length === 0) return
  const ends = new Map<string, number>()
  containAll(
    edge,
    'manager',
    orders.map((order) => {
      const ip = addressOf(order)
      const others = ends.get(ip) ?? othersUntil(context, ip, ({ id }) => id === order.id) ?? 0
      const end = Math.max(others, localExpiry(context, order))
      ends.set(ip, end)
      return {
        ip,
        seconds: secondsLeft(end),
        reason: reasonOf(context, order),
        by: orderer(context, order),
        scope: order.scope.level,
      }
    }),
    ({ at, kernelMs }) => {
      for (const order of orders) {
        keep(context, stream, order, addressOf(order), held)
        note(context, stream, order, { outcome: 'enforced', at, kernelMs: kernelMs / orders.length })
      }
    },
    (layer) => {
      for (const order of orders) layHeld(layer, context, stream, order, addressOf(order), held)
    },
  )
}

/** What it was here before is held on, so that its end is not forgotten: of a release that was refused, the order itself. */
const refused = (context: StreamContext, order: OrderObject, error: unknown): void => {
  if (!(error instanceof Fault)) throw error
  const { edge } = context
  const became = edge.store.held.get(stream, order.id)?.became ?? ''
  writeManagers(
    edge,
    () => {
      if (order.action === 'contain') keep(context, stream, order, addressOf(order), became)
      note(context, stream, order, { outcome: 'refused', text: error.message })
    },
    (layer) => {
      if (order.action === 'contain') layHeld(layer, context, stream, order, addressOf(order), became)
    },
  )
}

/** What one of them met that the kernel had refused together. */
const refusedAlone = (context: StreamContext, order: OrderObject, error: unknown): void => {
  // Somebody has taken the rules away, and they come back in a moment: nothing was refused for good.
  if (running() === undefined) throw error
  refused(context, order, error)
}

/** One after the other where the kernel refused them together, so that each has an answer of its own. */
const containMany = (context: StreamContext, orders: readonly OrderObject[]): void => {
  try {
    containTogether(context, orders)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    for (const order of orders)
      try {
        containTogether(context, [order])
      } catch (own) {
        refusedAlone(context, order, own)
      }
  }
}

const endedBy = (until: number | undefined): Pick<EndedOrder, 'until'> => (until === undefined ? {} : { until })

/** All of them after one look at who is contained: of a flood of strangers each look takes a second. */
const releaseTogether = async (context: StreamContext, orders: readonly OrderObject[]): Promise<void> => {
  const { edge } = context
  await endManagers(
    edge,
    orders.map((order) => {
      const ip = addressOf(order)
      const until = othersUntil(context, ip, ({ id }) => id === order.id)
      return { order, ip, reason: reasonOf(context, order), by: orderer(context, order), ...endedBy(until) }
    }),
    (some, { ips, at, kernelMs }, stays) => {
      for (const { order, ip } of some) {
        const text = stays(ip) ?? (ips.has(ip) ? undefined : 'it was not contained')
        edge.store.held.remove(stream, order.id)
        note(context, stream, order, {
          outcome: 'enforced',
          at,
          kernelMs: kernelMs / some.length,
          ...(text === undefined ? {} : { text }),
        })
      }
    },
    (some, layer) => {
      for (const { order } of some) layGone(layer, stream, order)
    },
  )
}

const releaseMany = async (context: StreamContext, orders: readonly OrderObject[]): Promise<void> => {
  if (orders.length === 0) return
  try {
    await releaseTogether(context, orders)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    for (const order of orders)
      try {
        await releaseTogether(context, [order])
      } catch (own) {
        refusedAlone(context, order, own)
      }
  }
}

/** Carries out what comes in a row of one action together; two orders about one address never are. */
export const orderStream: Stream<OrderObject> = {
  take: async (context, objects) => {
    const { edge } = context
    let contains: OrderObject[] = []
    let releases: OrderObject[] = []
    const released = new Set<string>()
    const flushContains = (): void => {
      const now = contains
      contains = []
      containMany(context, now)
    }
    const flushReleases = (): Promise<void> => {
      const now = releases
      releases = []
      released.clear()
      return releaseMany(context, now)
    }
    for (const order of objects) {
      const ip = addressOf(order)
      if (order.action === 'release') {
        if (contains.length > 0) flushContains()
        if (released.has(ip)) await flushReleases()
        releases.push(order)
        released.add(ip)
        continue
      }
      if (releases.length > 0) await flushReleases()
      if (secondsLeft(localExpiry(context, order)) <= 0)
        writeManagers(
          edge,
          () => {
            edge.store.held.remove(stream, order.id)
            note(context, stream, order, { outcome: 'expired' })
          },
          (layer) => layGone(layer, stream, order),
        )
      else
        try {
          refuseUnagreed(edge, order, ip)
          contains.push(order)
        } catch (error) {
          refused(context, order, error)
        }
    }
    flushContains()
    await flushReleases()
  },
  drop: async (context, gone, kept) => {
    const { edge, manager } = context
    const still = new Set(
      kept.flatMap((object) => (object.type === 'order' && object.action === 'contain' ? [addressOf(object)] : [])),
    )
    const over = new Set(gone.map(({ id }) => id))
    const now = steadyNow(edge.store)
    const ended = new Map<string, EndedOrder>()
    for (const one of gone) {
      const { id, ip, became } = one
      const holds =
        isUnwritten(edge, one) || orderedAbout(edge.store, ip, now).some(({ origin }) => origin === 'manager')
      if (became === '' || !holds) continue
      const until = othersUntil(context, ip, ({ id: other }) => over.has(other))
      // What takes its place is carried out next, and says how long.
      if (until === undefined && still.has(ip)) continue
      ended.set(ip, { ip, reason: `order ${id} is not in force any more`, by: `manager ${manager}`, ...endedBy(until) })
    }
    await endManagers(
      edge,
      [...ended.values()],
      () => {},
      () => {},
    )
    writeManagers(
      edge,
      () => {
        for (const { id } of gone) edge.store.held.remove(stream, id)
      },
      (layer) => {
        for (const one of gone) layGone(layer, stream, one)
      },
    )
  },
  enforced: (edge, rows) => {
    const inKernel = listHeld(edge.nft, edge.family)
    return rows.filter(({ ip, became }) => became !== '' && inKernel.has(ip)).length
  },
}
