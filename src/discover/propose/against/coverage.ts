/** What a policy permits of what was seen: conduits that cover a pair, and commands of it that no entry allows. */
import { cidrContains } from '#core/address.ts'
import { isProtocolName, vocabularies } from '#protocols/index.ts'
import type { Vocabulary } from '#core/protocol.ts'
import { coversFlow } from '#policy/check/flows.ts'
import { isImplied } from '#policy/vocabulary.ts'
import { parseRanges } from '#policy/constraint.ts'
import { resolveEnd, type End } from '#policy/ends.ts'
import { fold, Names } from '#policy/names.ts'
import { parseService, type Service } from '#policy/service.ts'
import { constraintOf, constraintsIn, type Entry } from '#policy/vocabulary.ts'
import type { Conduit, Site } from '#schema/site.ts'
import type { Device } from '../../model.ts'
import type { Permit } from '../profile.ts'
import { joined, within } from '../ranges.ts'

const holds = ({ any, assets, networks }: End, { id, ips }: Device): boolean =>
  any ||
  assets.some(({ name }) => name === id) ||
  (networks.length > 0 && ips.every((ip) => networks.some(({ network }) => cidrContains(network, ip))))

export interface Covering {
  readonly conduit: Conduit
  readonly index: number
  /** It is open at all times, as far as this day tells. */
  readonly always: boolean
}

export interface Coverage {
  /** Conduits that permit the conversation of a pair, whatever their commands. */
  readonly of: (client: Device, server: Device, service: string) => readonly Covering[]
  /** The deny that takes it away. */
  readonly deniedBy: (client: Device, server: Device, service: string) => string | undefined
}

/** @param today a calendar day, for what expires */
export const coverageOf = (site: Site, today: string): Coverage => {
  const ends = new Map<string, End | undefined>()
  const endOf = (text: string) => {
    if (!ends.has(text)) ends.set(text, resolveEnd(site, text))
    return ends.get(text)
  }
  const services = new Map<string, Service | undefined>()
  const serviceOf = (text: string) => {
    if (!services.has(text)) services.set(text, parseService(text, site.groups))
    return services.get(text)
  }
  const held = new Map<string, boolean>()
  const holdsAt = (text: string, device: Device): boolean => {
    const key = `${text}\0${device.vlan} ${device.id}`
    const known = held.get(key)
    if (known !== undefined) return known
    const end = endOf(text)
    const answer = end !== undefined && holds(end, device)
    held.set(key, answer)
    return answer
  }
  const meets = (outer: string, inner: string): boolean => {
    const [wide, narrow] = [serviceOf(outer), serviceOf(inner)]
    return wide !== undefined && narrow !== undefined && coversFlow(wide, narrow)
  }
  const byClient = new Map<Device, readonly Covering[]>()
  const from = (client: Device): readonly Covering[] => {
    const known = byClient.get(client)
    if (known !== undefined) return known
    const list = site.conduits.flatMap((conduit, index): readonly Covering[] => {
      const both = serviceOf(conduit.service)?.flows.length === 0 && holdsAt(conduit.to, client)
      if (!holdsAt(conduit.from, client) && !both) return []
      const always = conduit.when === undefined && (conduit.expires === undefined || conduit.expires > today)
      return [{ conduit, index, always }]
    })
    byClient.set(client, list)
    return list
  }
  return {
    of: (client, server, service) =>
      from(client).filter(({ conduit }) => {
        if (!meets(conduit.service, service)) return false
        const straight = holdsAt(conduit.from, client) && holdsAt(conduit.to, server)
        // An EtherType has no client.
        return (
          straight ||
          (serviceOf(service)?.flows.length === 0 && holdsAt(conduit.to, client) && holdsAt(conduit.from, server))
        )
      }),
    deniedBy: (client, server, service) =>
      site.denies.find((deny) => holdsAt(deny.from, client) && holdsAt(deny.to, server) && meets(deny.service, service))
        ?.id,
  }
}

/** Whether an entry allows all that a permit does, at any time and however often. */
export const allows = (vocabulary: Vocabulary, entry: Entry, permit: Permit): boolean => {
  if (typeof entry === 'string') return entry === permit.op || vocabulary.ops[permit.op]?.risk === entry
  if (entry.op !== permit.op || entry.while !== undefined) return false
  return constraintsIn(entry).every(([word, written]) => {
    const known = constraintOf(vocabulary, word)
    if (known === undefined) return false
    if (known.constraint.kind === 'names') {
      const { cased } = known.constraint
      const names = new Names(written, cased)
      const seen = permit.names[known.name]
      return seen !== undefined && seen.every((name) => names.has(fold(name, cased)))
    }
    const ranges = parseRanges(written)
    const seen = known.name === 'values' ? permit.values && [permit.values] : permit.numbers[known.name]
    return seen !== undefined && ranges !== undefined && within(joined(seen), joined(ranges))
  })
}

/** Of a profile, what conduits do not allow together. */
export const missingOf = (
  protocol: string,
  profile: readonly Permit[],
  conduits: readonly Conduit[],
): readonly Permit[] => {
  if (!isProtocolName(protocol)) return []
  if (conduits.some(({ allow }) => allow === undefined)) return []
  const vocabulary: Vocabulary = vocabularies[protocol]
  return profile.filter(
    (permit) =>
      !conduits.some(
        ({ allow = [] }) =>
          isImplied(vocabulary, allow, permit.op) || allow.some((entry) => allows(vocabulary, entry, permit)),
      ),
  )
}
