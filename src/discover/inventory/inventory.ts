/** Every device that was seen or told of, what it is, and what is still to be asked: a function of what was observed. */
import { canonicalIp } from '#core/address.ts'
import { byText } from '#core/order.ts'
import type { Device, Fact, Inventory, Observed, Told } from '../model.ts'
import { activitiesOf, type Activity } from './activity.ts'
import { byAddress, isMac, isUnicast } from './addresses.ts'
import { bodiesOf, endpointsOf, inOrder, type Body } from './bodies.ts'
import { criticalityOf } from './criticality.ts'
import { bestOf, hostnamesOf } from './identity.ts'
import { kindOf } from './kind/kind.ts'
import { levelsOf } from './level.ts'
import { listIn, type Segment } from './links.ts'
import { namesOf } from './names.ts'
import { questionsAbout } from './questions.ts'

const keyOf = (vlan: number, address: string): string => `${vlan} ${address}`

const canonical = (address: string): string => canonicalIp(address) ?? address.toLowerCase()

/** Which body has an address. An Ethernet address that two claim to be at leads to the one whose own it is. */
const indexOf = (bodies: readonly Body[]): Map<string, number> => {
  const index = new Map<string, number>()
  const weaker: (readonly [string, number])[] = []
  for (const [i, { vlan, ips, macs, aliases, conflicts }] of bodies.entries()) {
    const contested = new Set(conflicts.flatMap((conflict) => conflict.macs.slice(1)))
    for (const ip of ips) index.set(keyOf(vlan, ip), i)
    for (const mac of macs)
      if (contested.has(mac)) weaker.push([keyOf(vlan, mac), i])
      else index.set(keyOf(vlan, mac), i)
    for (const alias of aliases) weaker.push([keyOf(vlan, alias), i])
  }
  for (const [key, i] of weaker) if (!index.has(key)) index.set(key, i)
  return index
}

const emptyBody = ({ vlan, address }: Told): Body => ({
  vlan,
  ips: isMac(address) ? [] : [address],
  macs: isMac(address) ? [address] : [],
  forwards: 0,
  conflicts: [],
  aliases: [],
})

/** Devices that a person told of and nobody saw yet. */
const toldOnly = (told: readonly Told[], index: ReadonlyMap<string, number>): readonly Body[] => {
  const made = new Map<string, Body>()
  for (const row of told) {
    const address = canonical(row.address)
    const key = keyOf(row.vlan, address)
    if (!index.has(key) && isUnicast(address)) made.set(key, emptyBody({ ...row, address }))
  }
  return [...made.values()]
}

/** Of several rows about one device the one about its first address is heard first. */
const mergedTold = (rows: readonly Told[] | undefined): Told | undefined =>
  rows
    ?.toSorted((a, b) => byAddress(a.address, b.address))
    .reduceRight<Told | undefined>((all, row) => ({ ...all, ...row }), undefined)

const factOrder = (a: Fact, b: Fact): number =>
  b.confidence - a.confidence ||
  byText(a.name, b.name) ||
  byText(a.source, b.source) ||
  byText(a.value, b.value) ||
  byText(a.address, b.address)

const trafficOf = (
  body: Body,
  segment: Segment | undefined,
): Pick<Device, 'first' | 'last' | 'sent' | 'received' | 'silent'> => {
  const endpoints = endpointsOf(body, segment)
  const links = [...body.ips, ...body.aliases]
    .flatMap((ip) => segment?.byIp.get(ip) ?? [])
    .filter(({ mac, weak }) => !weak && (body.macs.includes(mac) || mac === body.behind))
  const sum = (want: (address: string) => boolean, of: 'sent' | 'received'): number =>
    endpoints.reduce((total, endpoint) => total + (want(endpoint.address) ? endpoint[of] : 0), 0)
  const own = new Set(body.macs.slice(0, 1))
  // An Ethernet address counts what its IP addresses count, and more; one of a router counts what is of others.
  const amount = (of: 'sent' | 'received'): number => {
    const ofIps = sum((address) => !isMac(address), of)
    return body.router !== undefined && body.ips.length > 0
      ? ofIps
      : Math.max(
          ofIps,
          sum((mac) => own.has(mac), of),
        )
  }
  const times = [...endpoints, ...links]
  const [sent, received] = [amount('sent'), amount('received')]
  return {
    first: times.length === 0 ? 0 : times.reduce((least, { first }) => Math.min(least, first), Infinity),
    last: times.reduce((most, { last }) => Math.max(most, last), 0),
    sent,
    received,
    silent: sent === 0 && links.length === 0,
  }
}

interface Known {
  readonly body: Body
  readonly facts: readonly Fact[]
  readonly activity: Activity
  readonly told: Told | undefined
}

const knownOf = (observed: Observed, bodies: readonly Body[], index: ReadonlyMap<string, number>): readonly Known[] => {
  const find = (vlan: number, address: string): number | undefined => index.get(keyOf(vlan, address))
  const [facts, told] = [new Map<number, Fact[]>(), new Map<number, Told[]>()]
  for (const fact of observed.facts) {
    const i = find(fact.vlan, fact.address)
    if (i !== undefined) listIn(facts, i).push(fact)
  }
  for (const row of observed.told) {
    const i = find(row.vlan, canonical(row.address))
    if (i !== undefined) listIn(told, i).push(row)
  }
  const activities = activitiesOf(observed.conversations, bodies.length, find)
  return bodies.map((body, i) => ({
    body,
    facts: facts.get(i)?.toSorted(factOrder) ?? [],
    activity: activities[i] ?? { serves: new Map(), asks: new Map(), peers: new Set() },
    told: mergedTold(told.get(i)),
  }))
}

/** Confidence of a vendor that follows from an Ethernet address alone. */
const vendorHint = 0.5

/** The same for the same observations in any order. Times are ms since 1970; 0 where a device was told of and never seen. */
export const inventoryOf = (observed: Observed): Inventory => {
  const { list, segments } = bodiesOf(observed)
  const seen = indexOf(list)
  const bodies = inOrder([...list, ...toldOnly(observed.told, seen)])
  const index = indexOf(bodies)
  const segmentOf = new Map(segments.map((segment) => [segment.vlan, segment]))
  const known = knownOf(observed, bodies, index)
  const placed = known.map((one) => ({ ...one, kind: kindOf(one.body, one.facts, one.activity, one.told) }))
  const levels = levelsOf(placed)
  const parts = placed.map(({ body, facts, told, kind, activity }, i) => {
    const vendor: Device['vendor'] =
      told?.vendor === undefined
        ? bestOf(facts, 'vendor')
        : { value: told.vendor, confidence: 1, because: ['a person said so'] }
    const [model, firmware, serial] = [bestOf(facts, 'model'), bestOf(facts, 'firmware'), bestOf(facts, 'serial')]
    return {
      vlan: body.vlan,
      ips: body.ips,
      macs: body.macs,
      ...(body.behind !== undefined && { behind: body.behind }),
      ...(body.conflicts.length > 0 && { conflicts: body.conflicts }),
      hostnames: hostnamesOf(facts),
      ...(vendor !== undefined && { vendor }),
      ...(model !== undefined && { model }),
      ...(firmware !== undefined && { firmware }),
      ...(serial !== undefined && { serial }),
      kind,
      level: levels[i] ?? { value: 2, confidence: 0, because: [] },
      criticality: criticalityOf(body, kind, activity, told),
      facts,
      ...(told !== undefined && { told }),
      ...trafficOf(body, segmentOf.get(body.vlan)),
    }
  })
  const names = namesOf(
    parts.map(({ vlan, ips, macs, told, hostnames, kind, vendor }) => ({
      vlan,
      address: ips[0] ?? macs[0] ?? '',
      ...(told?.name !== undefined && { told: told.name }),
      hostnames,
      kind,
      // Who made the interface may have made nothing else of it.
      ...(vendor !== undefined && vendor.confidence > vendorHint && { vendor: vendor.value }),
    })),
  )
  const devices = parts.map((part, i): Device => ({ id: names[i] ?? '', ...part }))
  return {
    devices,
    at: (vlan, address) => devices[index.get(keyOf(vlan, canonical(address))) ?? -1],
    questions: questionsAbout(devices),
  }
}
