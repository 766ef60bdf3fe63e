/** Orders of the manager: contain a source, release it. */
import { canonicalIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import type { OrderObject } from '#schema/link-objects.ts'
import { durably, steadyNow, type Edge } from '../context.ts'
import { listHeld } from '../kernel/containment.ts'
import { running } from '../kernel/generations.ts'
import { containAll, refuseProtected, releaseSoftly } from '../orders/contain.ts'
import {
  isManagers,
  keep,
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

/** All of them in one transaction of the kernel and one of the disk. */
const containTogether = (context: StreamContext, orders: readonly OrderObject[]): void => {
  const { edge } = context
  if (orders.length === 0) return
  containAll(
    edge,
    orders.map((order) => ({
      ip: addressOf(order),
      seconds: secondsLeft(localExpiry(context, order)),
      reason: reasonOf(context, order),
      by: orderer(context, order),
      scope: order.scope.level,
    })),
    ({ at, kernelMs }) => {
      for (const order of orders) {
        keep(context, stream, order, addressOf(order), held)
        note(context, stream, order, { outcome: 'enforced', at, kernelMs: kernelMs / orders.length })
      }
    },
  )
}

const refused = (context: StreamContext, order: OrderObject, error: unknown): void => {
  if (!(error instanceof Fault)) throw error
  durably(context.edge, () => {
    keep(context, stream, order, addressOf(order), '')
    note(context, stream, order, { outcome: 'refused', text: error.message })
  })
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
        // Somebody has taken the rules away, and they come back in a moment: nothing was refused for good.
        if (running() === undefined) throw own
        refused(context, order, own)
      }
  }
}

/** All of them after one look at who is contained: of a flood of strangers each look takes a second. */
const releaseTogether = async (context: StreamContext, orders: readonly OrderObject[]): Promise<void> => {
  const { edge } = context
  await releaseSoftly(
    edge,
    orders.map((order) => ({
      ip: addressOf(order),
      reason: reasonOf(context, order),
      by: orderer(context, order),
    })),
    ({ ips, at, kernelMs }) => {
      for (const order of orders) {
        edge.store.held.remove(stream, order.id)
        note(context, stream, order, {
          outcome: 'enforced',
          at,
          kernelMs: kernelMs / orders.length,
          ...(ips.has(addressOf(order)) ? {} : { text: 'it was not contained' }),
        })
      }
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
        refused(context, order, own)
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
        durably(edge, () => {
          edge.store.held.remove(stream, order.id)
          note(context, stream, order, { outcome: 'expired' })
        })
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
  drop: async ({ edge, manager }, gone, kept) => {
    const still = new Set(
      kept.flatMap((object) => (object.type === 'order' && object.action === 'contain' ? [addressOf(object)] : [])),
    )
    const now = steadyNow(edge.store)
    const ended = gone.filter(
      ({ ip, became }) =>
        became !== '' &&
        !still.has(ip) &&
        edge.store.containments.of({ ip }, now).some(({ kind, by }) => kind === 'ordered' && isManagers(by)),
    )
    await releaseSoftly(
      edge,
      ended.map(({ id, ip }) => ({ ip, reason: `order ${id} is not in force any more`, by: `manager ${manager}` })),
      () => {
        for (const { id } of gone) edge.store.held.remove(stream, id)
      },
    )
  },
  enforced: (edge, rows) => {
    const inKernel = listHeld(edge.nft, edge.family)
    return rows.filter(({ ip, became }) => became !== '' && inKernel.has(ip)).length
  },
}
