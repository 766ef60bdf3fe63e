/** A range rule's matches as nft text. */
import type { Ports, Range } from '../plan.ts'
import type { IpWords } from './names.ts'
import type { Writer } from './writer.ts'

export const portsText = (ports: Ports): string => {
  const texts = ports.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  return texts.length === 1 ? (texts[0] ?? '') : `{ ${texts.join(', ')} }`
}

/** Networks of one or two hosts stay in the rule; longer lists become a small set of their own, shared by both directions. */
const inline = 2
const memberOf = (writer: Writer, ip: IpWords, field: string, networks: readonly string[] | undefined): string => {
  if (networks === undefined) return ''
  if (networks.length <= inline)
    return `${field} ${networks.length === 1 ? (networks[0] ?? '') : `{ ${networks.join(', ')} }`} `
  const local = writer.shared(`${ip.family} ${networks.join(' ')}`, (name) => {
    writer.set(name, `type ${ip.address}`, 'interval', 'auto-merge; ')
    writer.elements(name, networks)
  })
  return `${field} @${writer.name(local)} `
}

/**
 * Matches of a range, as it was written (`there`) or mirrored (`back`: the answer, whose source port is the service's).
 * @returns nft text without a verdict
 */
export const rangeRule = (writer: Writer, ip: IpWords, range: Range, direction: 'there' | 'back'): string => {
  const [src, dst] = direction === 'there' ? [ip.src, ip.dst] : [ip.dst, ip.src]
  const proto = range.proto === undefined ? '' : `meta l4proto ${range.proto} `
  const field = direction === 'there' ? 'dport' : 'sport'
  const ports = range.ports === undefined ? '' : `th ${field} ${portsText(range.ports)} `
  const on = range.vlans === undefined ? '' : `meta mark { ${range.vlans.join(', ')} } `
  const text =
    `${on}${memberOf(writer, ip, src, range.src)}${memberOf(writer, ip, dst, range.dst)}${proto}${ports}`.trim()
  return text === '' ? `meta protocol ${ip.etherType}` : text
}
