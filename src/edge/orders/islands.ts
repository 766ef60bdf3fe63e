/** Zones that a person cut off, and what would lead over their borders. */
import { cidrContains } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import type { EventDraft } from '#schema/event.ts'
import type { Site } from '#schema/site.ts'
import type { Edge } from '../context.ts'
import { record, writeOrder } from '../writing.ts'
import { localChanges } from '../enforce.ts'
import { keys } from '../store/kv.ts'

/** Whether one of two addresses is in a zone and the other is not. */
export const crossesBorder = (edge: Pick<Edge, 'site'>, zone: string, src: string, dst: string): boolean => {
  const networks = edge.site.zones[zone]?.networks ?? []
  const inside = (ip: string) => networks.some((network) => cidrContains(network, ip))
  return inside(src) !== inside(dst)
}

/** Isolated zones that a policy does not have. */
const missing = (edge: Edge, site: Site): string[] =>
  localChanges(edge.store).islands.filter((zone) => site.zones[zone] === undefined)

/** A policy must not connect by the way what a person cut off. @throws Fault `refused` */
export const refuseConnecting = (edge: Edge, site: Site): void => {
  const zone = missing(edge, site).find((one) => edge.site.zones[one] !== undefined)
  if (zone !== undefined)
    throw new Fault(
      'refused',
      `Zone ${zone} is isolated, and the policy has no zone of this name: it would be connected.`,
      {
        advice: `Keep the name of the zone, or connect it first: bulkhead edge rejoin ${zone}`,
      },
    )
}

/** What a rollback connects, because the policy before had no such zone, is told, and is not cut off again by a later policy. */
export const tellConnected = (edge: Edge): void => {
  const gone = missing(edge, edge.site)
  if (gone.length === 0) return
  const left = localChanges(edge.store).islands.filter((zone) => !gone.includes(zone))
  const write = (): void => {
    edge.store.kv.set(keys.islands, left)
    record(
      edge,
      ...gone.map((zone): EventDraft => ({
        kind: 'rejoin',
        zone,
        by: 'policy',
        text: `Zone ${zone} is connected again: the policy that is enforced has no zone of this name.`,
      })),
    )
  }
  writeOrder(edge, write, ({ values }) => values.set(keys.islands, left))
}

/** The first isolated zone whose border lies between two addresses. */
export const islandBetween = (edge: Edge, src: string, dst: string): string | undefined =>
  localChanges(edge.store).islands.find((zone) => crossesBorder(edge, zone, src, dst))
