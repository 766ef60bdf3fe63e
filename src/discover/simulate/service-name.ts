/** Words for what is spoken between two ends, by numbers alone: as a policy's `service:` writes it. */
import { ipProtocols } from '#packet/numbers.ts'
import type { Packet } from '#policy/packet.ts'
import type { Plan } from '#policy/plan.ts'
import { vocabularies } from '#protocols/index.ts'
import { etherTypes } from '#protocols/layer2.ts'

const names = new Map<number, string>(Object.entries(etherTypes).map(([name, number]) => [number, name]))
const arp = 0x0806

const transports: Readonly<Record<number, string>> = { [ipProtocols.tcp]: 'tcp', [ipProtocols.udp]: 'udp' }

/** `tcp/502`, `icmp`, `ip/89`, `profinet`, `ethertype/0x88b5`; `arp` and `llc` are no services of policies. */
export const serviceOf = ({ ip, etherType }: Packet, port: number | undefined): string => {
  if (ip === undefined) {
    if (etherType === arp) return 'arp'
    if (etherType < 0x600) return 'llc'
    return names.get(etherType) ?? `ethertype/0x${etherType.toString(16).padStart(4, '0')}`
  }
  const transport = transports[ip.proto]
  if (transport !== undefined) return port === undefined ? transport : `${transport}/${port}`
  return ip.proto === ipProtocols.icmp || ip.proto === ipProtocols.icmpv6 ? 'icmp' : `ip/${ip.proto}`
}

const key = (proto: number, port: number): number => proto * 65_536 + port

/** Highest of the ports that IANA calls system ports (RFC 6335, 6): servers have them. */
const lastSystemPort = 1023

/** Whether a port is one that servers listen on: of a plan, of a protocol that is known, or a system port. */
export const servicePorts = (plans: readonly Plan[]): ((proto: number, port: number) => boolean) => {
  const known = new Set<number>()
  for (const { ports } of Object.values(vocabularies))
    for (const { transport, port } of ports) known.add(key(ipProtocols[transport], port))
  for (const { exact } of plans)
    for (const { proto, port } of exact) if (port !== undefined) known.add(key(proto, port))
  return (proto, port) => port <= lastSystemPort || known.has(key(proto, port))
}
