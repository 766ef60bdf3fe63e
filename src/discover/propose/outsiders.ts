/**
 * Who a proposal asks about to show that a conduit is for its clients alone. A known asset is denied in every mode that denies; a
 * stranger is contained as well in mode `contain`, so that a test that asks about one would hold only until then.
 */
import { byText } from '#core/order.ts'
import { vocabularies } from '#protocols/index.ts'
import type { Asset } from '#schema/site.ts'
import type { Conversation, Device } from '../model.ts'
import type { Block } from './grouping.ts'
import type { Wire } from './ports.ts'
import type { Seat } from './proposal.ts'
import { isIp } from './wire-type.ts'

export interface Surroundings {
  readonly seats: ReadonlyMap<Device, Seat>
  readonly assets: Readonly<Record<string, Asset>>
  readonly wire: Pick<Wire, 'crosses'>
  /** All that was seen, also what is proposed to nobody: who was excluded may yet be permitted by a person. */
  readonly conversations: readonly Conversation[]
}

/** Finds an asset beyond the edge that was never seen to ask for the service of a block; its name in the policy. */
export type Outsider = (block: Block) => string | undefined

const endOf = ({ vlan }: Device, address: string) => `${vlan} ${address}`
const addressesOf = (device: Device) => [...device.ips, ...device.macs].map((address) => endOf(device, address))

const placesOf = ({ protocol, conversations }: Block): ReadonlySet<string> =>
  new Set([
    ...conversations.map(({ proto = 0, port = '' }) => `${proto} ${port}`),
    ...(protocol === undefined
      ? []
      : vocabularies[protocol].ports.map(({ transport, port }) => `${transport === 'tcp' ? 6 : 17} ${port}`)),
  ])

export const outsiderIn = ({ seats, assets, wire, conversations }: Surroundings): Outsider => {
  const between = new Map<string, Conversation[]>()
  for (const each of conversations)
    for (const key of [`${each.vlan} ${each.client} ${each.server}`, `${each.vlan} ${each.server} ${each.client}`]) {
      const known = between.get(key)
      if (known === undefined) between.set(key, [each])
      else known.push(each)
    }
  const said = (a: Device, b: Device): readonly Conversation[] =>
    addressesOf(a).flatMap((end) => [...b.ips, ...b.macs].flatMap((other) => between.get(`${end} ${other}`) ?? []))
  const all = [...seats.values()]
    .filter(({ device }) => assets[device.id] !== undefined && assets[device.id]?.virtual === undefined)
    .toSorted((a, b) => byText(a.device.id, b.device.id))
  return (block) => {
    const { clients, servers, protocol } = block
    if (block.conversations.some((each) => !isIp(each))) return undefined
    const places = placesOf(block)
    const near = new Set(clients.map((client) => seats.get(client)?.zone))
    const isSame = (one: Conversation) =>
      (protocol !== undefined && one.protocol === protocol) ||
      one.proto === 1 ||
      one.proto === 58 ||
      places.has(`${one.proto ?? 0} ${one.port ?? ''}`)
    const families = new Set(servers.flatMap(({ ips }) => ips.map((ip) => ip.includes(':'))))
    const beyond = all.filter(
      ({ device, zone }) =>
        !clients.includes(device) &&
        !servers.includes(device) &&
        device.ips.some((ip) => families.has(ip.includes(':'))) &&
        servers.every((server) => {
          const other = seats.get(server)?.zone
          return device.vlan === server.vlan && other !== undefined && wire.crosses(zone, other)
        }),
    )
    // Of the zone of the clients, if there is one: that a conduit was given to all of it would be found.
    const ordered = [...beyond.filter(({ zone }) => near.has(zone)), ...beyond.filter(({ zone }) => !near.has(zone))]
    return ordered.find(({ device }) => servers.every((server) => !said(device, server).some(isSame)))?.device.id
  }
}
