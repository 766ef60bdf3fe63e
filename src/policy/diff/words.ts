/** Boxes as words: names of assets instead of addresses, risk classes instead of long lists of commands. */
import { formatIp } from '#core/address.ts'
import { risks } from '#core/protocol.ts'
import type { Site } from '#schema/site.ts'
import { placeOf, spanOf, within, type Places, type Span, type Spans } from '../check/span.ts'
import type { Resolved } from '../check/context.ts'
import { isImplied } from '../vocabulary.ts'
import { flowAt } from '../flow-spans.ts'
import { anything, type Tokens } from './box.ts'

const offset6 = 1n << 32n
const ipText = (value: bigint) => (value < offset6 ? formatIp(4, value) : formatIp(6, value - offset6))
const spanText = ({ first, last }: Span) => {
  const { vlan, address } = placeOf(first)
  const text = first === last ? ipText(address) : `${ipText(address)}-${ipText(placeOf(last).address)}`
  if (vlan === undefined) return text
  return vlan === 0 ? `${text} untagged` : `${text} on VLAN ${vlan}`
}

export type Namer = (spans: Spans, written: string, whole: Spans) => readonly string[]

/** Names for sets of addresses: what the conduit wrote when it is all of it, else assets, then bare addresses. */
export const namer = (site: Site, places: Places): Namer => {
  const owners = new Map<bigint, string>()
  for (const [name, { ips, zone }] of Object.entries(site.assets))
    for (const ip of ips) {
      const span = spanOf(ip)
      if (span !== undefined) owners.set(span.first + places.of(zone), name)
    }
  return (spans, written, whole) => {
    if (within(whole, spans)) return [written]
    const names = new Set<string>()
    for (const span of spans) {
      // Neighbouring hosts were joined; a network is not taken apart.
      const single = span.last - span.first < 4096n
      let rest = span.first
      if (single)
        for (let at = span.first; at <= span.last; at++) {
          const owner = owners.get(at)
          if (owner === undefined) continue
          if (at > rest) names.add(spanText({ first: rest, last: at - 1n }))
          names.add(owner)
          rest = at + 1n
        }
      if (rest <= span.last) names.add(spanText({ first: rest, last: span.last }))
    }
    return [...names]
  }
}

const narrowed = (token: string): string => {
  const space = token.indexOf(' ')
  if (space < 0) return token
  const constraints = Object.entries<unknown>(JSON.parse(token.slice(space + 1))).map(
    ([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return `${token.slice(0, space)} (${constraints.join(', ')})`
}

/**
 * `read, write-single-register (registers 100-119)`; empty for a whole service. What comes with any other command is told where it is all
 * there is.
 */
export const commandWords = (tokens: Tokens, { conduit: { allow }, vocabulary }: Resolved): readonly string[] => {
  if (vocabulary === undefined) return []
  const ops = Object.keys(vocabulary.ops)
  if (tokens.has(anything) && ops.every((op) => tokens.has(op))) return []
  const own = [...tokens].filter((token) => allow === undefined || !isImplied(vocabulary, allow, token))
  const left = new Set(own.length === 0 ? tokens : own)
  const words: string[] = []
  for (const risk of risks) {
    const members = ops.filter((op) => vocabulary.ops[op]?.risk === risk)
    if (members.length < 2 || !members.every((op) => left.has(op))) continue
    words.push(risk)
    for (const op of members) left.delete(op)
  }
  return [...words, ...[...left].map((token) => (token === anything ? 'anything else' : narrowed(token)))]
}

const protocolNames = new Map([
  [6, 'tcp'],
  [17, 'udp'],
])

/** What is left of a service: its own name when it is all of it, else ports such as `tcp/4010-4019`. */
export const serviceWords = (flows: Spans, written: string, whole: Spans): string => {
  if (within(whole, flows)) return written
  const words = flows.map(({ first, last }) => {
    const [from, to] = [flowAt(first), flowAt(last)]
    if ('etherType' in from) return `ethertype/0x${from.etherType.toString(16).padStart(4, '0')}`
    if ('etherType' in to || to.proto !== from.proto) return 'any'
    const name = protocolNames.get(from.proto)
    const ports =
      from.port === to.port ? `${from.port}` : from.port === 0 && to.port === 65_535 ? 'any' : `${from.port}-${to.port}`
    const service = name === undefined ? `ip/${from.proto}` : `${name}/${ports}`
    return from.side === 'server' ? `${service} back` : service
  })
  return [...new Set(words)].join(', ')
}
