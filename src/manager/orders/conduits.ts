/** Which conduit of a published policy a recorded conversation went through. Pure. */
import { cidrContains } from '#core/address.ts'
import { type End, resolveEnd } from '#policy/ends.ts'
import { protocolNumbers } from '#policy/plan.ts'
import { type Flow, parseService } from '#policy/service.ts'
import type { Site } from '#schema/site.ts'
import { plainIp } from './addresses.ts'

export interface Through {
  readonly source: string
  readonly destination: string
  /** `tcp`, `udp`, `icmp`, an IP protocol number, or an EtherType. */
  readonly protocol: string
  /** 0: none */
  readonly port: number
}
export interface UsedConduit {
  readonly id: string
  readonly essential: boolean
}

const has = ({ any, assets, networks }: End, ip: string): boolean =>
  any ||
  assets.some(({ asset }) => asset.ips.some((one) => plainIp(one) === ip)) ||
  networks.some(({ network }) => cidrContains(network, ip))

const numbers: ReadonlyMap<string, number> = new Map(Object.entries(protocolNumbers))

const carries = (flow: Flow, { protocol, port }: Through): boolean => {
  if (flow.proto === undefined) return !protocol.startsWith('0x')
  if (flow.proto !== (numbers.get(protocol) ?? Number(protocol))) return false
  return flow.ports === undefined || flow.ports.some(([first, last]) => port >= first && port <= last)
}

/**
 * @param ip an end of every conversation that will be asked about
 * @returns the conduit of a conversation, an essential one before others; nothing where none covers it
 */
export const conduitsAt = (site: Site, ip: string): ((through: Through) => UsedConduit | undefined) => {
  const near = site.conduits
    .flatMap(({ id, from, to, service, essential = false }) => {
      const [client, server] = [resolveEnd(site, from), resolveEnd(site, to)]
      const flows = parseService(service, site.groups)?.flows ?? []
      return client !== undefined && server !== undefined && (has(client, ip) || has(server, ip))
        ? [{ id, essential, client, server, flows }]
        : []
    })
    .toSorted((a, b) => Number(b.essential) - Number(a.essential))
  return (through) =>
    near.find(({ client, server, flows }) =>
      flows.some((flow) => {
        const [sends, hears] = flow.from === 'client' ? [client, server] : [server, client]
        return carries(flow, through) && has(sends, through.source) && has(hears, through.destination)
      }),
    )
}
