/** One line about a frame, for failing tests, logs and live views. */
import type { Frame } from './decode.ts'
import { etherTypes, ipProtocols, tcpFlags } from './numbers.ts'

const nameOf = (table: Readonly<Record<string, number>>, number: number): string | undefined =>
  Object.keys(table).find((name) => table[name] === number)

const flagText = (flags: number): string =>
  Object.entries(tcpFlags)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join('+') || 'none'

const end = (ip: string, port: number): string =>
  port < 0 ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`

const network = (frame: Frame): string => {
  const proto = nameOf(ipProtocols, frame.proto) ?? `proto ${frame.proto}`
  const more = [
    frame.tcpFlags < 0 ? '' : flagText(frame.tcpFlags),
    frame.icmpType < 0 ? '' : `type ${frame.icmpType}`,
    frame.fragment === 'none' ? '' : `${frame.fragment} fragment`,
  ].filter((text) => text !== '')
  return [proto, end(frame.srcIp, frame.sport), '>', end(frame.dstIp, frame.dport), ...more].join(' ')
}

const arp = (frame: Frame): string => {
  const { senderMac, senderIp, targetIp } = frame.arp
  return `arp ${frame.arpOperation === 1 ? 'who has' : 'answer to'} ${targetIp}, sender ${senderIp} at ${senderMac}`
}

/** e.g. `vlan 20 00:1b:1b:aa:00:10 > 00:1b:1b:aa:00:70 tcp 198.18.1.10:502 > 198.18.1.70:40000 syn+ack`. */
export const describe = (frame: Frame): string => {
  const tags = frame.vlans.map((vlan) => `vlan ${vlan}`)
  const type = nameOf(etherTypes, frame.etherType) ?? `0x${Math.max(0, frame.etherType).toString(16).padStart(4, '0')}`
  const rest = frame.family !== 0 ? network(frame) : frame.arpOperation > 0 ? arp(frame) : type
  return [...tags, frame.src, '>', frame.dst, rest].join(' ')
}
