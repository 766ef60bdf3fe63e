/**
 * Conversations whose commands are judged: the mark that sends them to an inspector, and the audit of what came by without one. A
 * packet that was judged carries a mark of its own; whatever else should have been judged is counted here, by the kernel, and stopped
 * where its conduit says so. It stands behind br_netfilter, so that it also sees what was never queued.
 */
import type { FailureCause, Mode } from '#schema/site.ts'
import { inspectedMode, isWatched } from '../inspection.ts'
import { enforcesAnything, type Exact, type Family, type Plan, type PlanConduit, type RangePermit } from '../plan.ts'
import { guardOf, guardText, suffixOf, type Guard } from './guards.ts'
import { familyNetworks, isEnforcing, netSet } from './modes.ts'
import { bothFamilies, counters, watchGroup, type IpWords } from './names.ts'
import { rangeRule } from './range.ts'
import { back, inspected, there } from './tuple.ts'
import type { Writer } from './writer.ts'

/** Bits of a packet's mark; the lower sixteen are its VLAN, and 0x10000 a redirected connection. */
export const marks = {
  inspect: 0x2_0000,
  /** It was judged. */
  judged: 0x8_0000,
  /** From the server of the conversation. */
  answer: 0x40_0000,
  /** Its conduit is closed while the inspector is dead, hung, or its queue full. */
  full: 0x4_0000,
  dead: 0x10_0000,
  hung: 0x20_0000,
} as const

/** Seven bits of the mark, where a conduit asks for a risk: what the source's is below, 0 where it is below none. */
const riskShift = 23
export const riskIn = (mark: number): number => (mark >>> riskShift) & 0x7f
const riskMark = (riskBelow = 0): number => riskBelow << riskShift

const closing: readonly (keyof typeof marks & FailureCause)[] = ['full', 'dead', 'hung']

/** The mark that a conduit's packets get. */
export const markOf = ({ closedOn = [] }: PlanConduit): number =>
  closing.reduce<number>((mark, cause) => (closedOn.includes(cause) ? mark | marks[cause] : mark), marks.inspect)

const hex = (mark: number) => `0x${mark.toString(16)}`

/** How packets of one kind pass: those of one mark, or those that are only watched. */
interface Passing {
  /** Part of map names. */
  readonly name: string
  /** How, by the risk that its conduit asks for. */
  readonly there: (riskBelow?: number) => string
  readonly back: (riskBelow?: number) => string
}

const marked = (mark: number) => `meta mark set meta mark | ${hex(mark)}`
const copy = (riskBelow?: number) =>
  `${riskBelow === undefined ? '' : `${marked(riskMark(riskBelow))} `}log prefix "watch" group ${watchGroup} snaplen 65535 accept`
const watching: Passing = { name: 'watch', there: copy, back: copy }
const passing = (mark: number): Passing => ({
  name: `inspect${hex(mark)}_`,
  there: (riskBelow) => `${marked(mark | riskMark(riskBelow))} accept`,
  back: (riskBelow) => `${marked(mark | marks.answer | riskMark(riskBelow))} accept`,
})

const passingOf = (plan: Plan, conduit: PlanConduit, { vlan, src, dst }: Exact): Passing =>
  isWatched(conduit, inspectedMode(plan, conduit, { client: src, server: dst, vlan }))
    ? watching
    : passing(markOf(conduit))

const keyOf = ({ vlan, src, dst, proto, port }: Exact) => `${vlan} . ${src} . ${dst} . ${proto} . ${port ?? 0}`

/** Every inspected conversation between assets of one IP version, by the map it belongs to. A conversation is in one map of a guard only. */
export const inspectedMaps = (plan: Plan, { family }: IpWords): ReadonlyMap<string, readonly string[]> => {
  const placed = new Map<string, { map: string; text: string; mark: number }>()
  for (const element of plan.exact) {
    const conduit = plan.conduits[element.conduit]
    if (
      element.family !== family ||
      conduit === undefined ||
      !inspected(conduit, element) ||
      element.port === undefined
    )
      continue
    const suffix = suffixOf(guardOf(conduit, element))
    const { name } = passingOf(plan, conduit, element)
    const key = `${suffix} ${keyOf(element)}`
    const mark = name === watching.name ? 0 : markOf(conduit)
    const known = placed.get(key)
    // Of several conduits the strictest on failure decides, and one that is enforced over one that is watched.
    if (known !== undefined && known.mark >= mark) continue
    placed.set(key, {
      map: `${name}${suffix}_${family}`,
      text: `${keyOf(element)} : "${known === undefined ? conduit.counter : (known.text.split('"')[1] ?? '')}"`,
      mark,
    })
  }
  const maps = new Map<string, string[]>()
  for (const { map, text } of placed.values()) {
    const list = maps.get(map)
    if (list === undefined) maps.set(map, [text])
    else list.push(text)
  }
  return maps
}

const kinds = (plan: Plan): Passing[] => {
  const used = new Map<string, Passing>([[watching.name, watching]])
  for (const conduit of plan.conduits)
    if (inspected(conduit)) used.set(passing(markOf(conduit)).name, passing(markOf(conduit)))
  return [...used.values()]
}

/** Rules for inspected conversations between assets, of one guard or none. */
export const inspectedRules = (
  plan: Plan,
  writer: Writer,
  ip: IpWords,
  maps: ReadonlyMap<string, readonly string[]>,
  direction: 'there' | 'back',
  guard: Guard,
): string[] =>
  kinds(plan).flatMap((kind) => {
    const local = `${kind.name}${suffixOf(guard)}_${ip.family}`
    if (!maps.has(local)) return []
    const match = `counter name ${direction === 'there' ? there(ip) : back(ip)} map @${writer.name(local)}`
    return [`${guardText(writer, ip, guard, direction)}${match} ${kind[direction](guard.riskBelow)}`]
  })

/**
 * Of several ranges that cover a packet the first decides, so they stand in the order in which conduits between assets are chosen: the
 * strictest on failure first, and those that are only watched last. The order of the document decides nothing.
 */
export const strictestFirst = (plan: Plan, ranges: readonly RangePermit[]): readonly RangePermit[] => {
  const strictness = ({ conduit: index }: RangePermit): number => {
    const conduit = plan.conduits[index]
    return conduit === undefined || isWatched(conduit, conduit.mode ?? 'enforce') ? 0 : markOf(conduit)
  }
  return ranges.toSorted((a, b) => strictness(b) - strictness(a))
}

/** Modes in which commands are only watched, of zones that have networks of an IP version. */
const mildModes = ({ zones }: Plan, ip: IpWords): readonly Mode[] => [
  ...new Set(
    zones.flatMap(({ mode, networks }) =>
      isEnforcing(mode) || familyNetworks(networks, ip).length === 0 ? [] : [mode],
    ),
  ),
]

/** Rules for inspected conversations in which an end is a network: watched where the server's zone is mild, else judged. */
export const inspectedRange = (
  plan: Plan,
  writer: Writer,
  ip: IpWords,
  range: RangePermit,
  direction: 'there' | 'back',
): string[] => {
  const conduit = plan.conduits[range.conduit]
  if (conduit === undefined) return []
  const match = `${rangeRule(writer, ip, range, direction)} ${writer.counter(conduit.counter)}`
  const judged = `${match} ${passing(markOf(conduit))[direction](conduit.riskBelow)}`
  const watched = `${match} ${watching[direction](conduit.riskBelow)}`
  if (isWatched(conduit, conduit.mode ?? 'enforce')) return [watched]
  const mild = conduit.mode === undefined ? mildModes(plan, ip) : []
  const server = `meta mark . ${direction === 'there' ? ip.dst : ip.src}`
  return [...mild.map((mode) => `${server} @${writer.name(netSet(mode, ip))} ${watched}`), judged]
}

/** Modes in which conversations of a conduit may be. */
const modesOf = ({ zones }: Plan, { mode }: PlanConduit): readonly Mode[] =>
  mode === undefined ? zones.map((zone) => zone.mode) : [mode]

/** Whether anything of a plan goes to an inspector, as opposed to being watched. */
export const isQueued = (plan: Plan): boolean =>
  plan.conduits.some(
    (conduit) => inspected(conduit) && modesOf(plan, conduit).some((mode) => !isWatched(conduit, mode)),
  )

/** Inspectors that a plan needs: for the queue that fails open, for the one that fails closed, for copies of what is only watched. */
export const rolesOf = (plan: Plan): readonly ('open' | 'closed' | 'watch')[] => {
  const inspectedOnes = plan.conduits.filter((conduit) => inspected(conduit))
  if (inspectedOnes.length === 0) return []
  const isWatchedSomewhere = (conduit: PlanConduit) => modesOf(plan, conduit).some((mode) => isWatched(conduit, mode))
  const queued = isQueued(plan) ? inspectedOnes.filter(({ denyAction }) => denyAction !== 'log') : []
  const isFullClosed = ({ closedOn = [] }: PlanConduit) => closedOn.includes('full')
  return [
    ...(queued.some((conduit) => !isFullClosed(conduit)) ? (['open'] as const) : []),
    ...(queued.some(isFullClosed) ? (['closed'] as const) : []),
    ...(inspectedOnes.some(isWatchedSomewhere) ? (['watch'] as const) : []),
  ]
}

const hasInspected = (plan: Plan, family: Family): boolean =>
  [...plan.exact, ...plan.ranges].some((one) => one.family === family && inspected(plan.conduits[one.conduit]))

/** Whether some of that may come in frames with a VLAN tag; of one IP version where it is named. */
const isQueuedTagged = (plan: Plan, family?: Family): boolean =>
  isQueued(plan) &&
  plan.kind === 'bridge' &&
  plan.ports.some(({ vlans }) => vlans.some((vlan) => vlan !== 0)) &&
  (family === undefined || hasInspected(plan, family))

/**
 * Whether frames with a VLAN tag are given to the IP hooks of a bridge: for commands in them, and where it redirects, for who is sent to a
 * portal could else put a tag on his frames (that of VLAN 0 stands for none) and go past it. Of IPv6 they are given where frames without
 * a tag have to be, for its commands or to be put together; its tagged fragments are dropped then (see `taggedFragments`).
 */
export const isGivenTagged = (plan: Plan, family: Family = 4): boolean => {
  if (isQueuedTagged(plan)) return family === 4 || isQueuedTagged(plan, 6)
  if (plan.kind !== 'bridge' || plan.redirects.length === 0 || !enforcesAnything(plan)) return false
  return family === 4 || plan.together === true || hasInspected(plan, 6)
}

/** TCP segments without payload, by their lengths: they keep a connection alive and ask for nothing. */
const empty = ({ family }: IpWords): string[] =>
  Array.from({ length: 11 }, (_, index) => 5 + index).map((words) =>
    family === 4
      ? `meta protocol ip @nh,4,4 5 meta l4proto 6 @nh,16,16 ${20 + 4 * words} @th,96,4 ${words} accept`
      : `meta protocol ip6 @nh,48,8 6 @nh,32,16 ${4 * words} @th,96,4 ${words} accept`,
  )

/**
 * Modbus reads at fixed offsets (MBAP length 6, function codes 1 to 4), in a segment that holds exactly one of them: what the kernel can
 * judge by itself, without and with TCP timestamps.
 */
const singleReads = ({ family }: IpWords): string[] =>
  [5, 8].map((words) => {
    const mbap = words * 32 + 32
    const length =
      family === 4
        ? `meta protocol ip @nh,4,4 5 @nh,16,16 ${20 + 4 * words + 12}`
        : `meta protocol ip6 @nh,48,8 6 @nh,32,16 ${4 * words + 12}`
    return `${length} @th,96,4 ${words} @th,${mbap},16 6 @th,${mbap + 24},8 { 1, 2, 3, 4 }`
  })

const readsAll = ({ service, allow = [], closedOn = [] }: PlanConduit): boolean =>
  service === 'modbus' && closedOn.length > 0 && allow.includes('read')

const fixedReads = (plan: Plan, writer: Writer, ip: IpWords): string[] => {
  const local = `fixed_reads_${ip.family}`
  const elements = plan.exact
    .filter((element) => element.family === ip.family && element.port !== undefined)
    .filter(({ conduit }) => {
      const owner = plan.conduits[conduit]
      return owner !== undefined && owner.window === undefined && owner.riskBelow === undefined && readsAll(owner)
    })
    .map(keyOf)
  if (elements.length === 0) return []
  writer.set(local, `type mark . ${ip.address} . ${ip.address} . inet_proto . inet_service`)
  writer.elements(local, [...new Set(elements)])
  const vlan = (tuple: string) => tuple.replace('meta mark', 'meta mark & 0xffff')
  return [
    ...singleReads(ip).map(
      (match) => `${vlan(there(ip))} @${writer.name(local)} ${match} ${writer.counter(counters.fixedOffset)} accept`,
    ),
    `meta mark & ${hex(marks.answer)} != 0 ${vlan(back(ip))} @${writer.name(local)} accept`,
  ]
}

/** What should have been judged and was not. */
export const auditChain = (plan: Plan, writer: Writer): void => {
  if (!isQueued(plan)) return
  const closed = plan.conduits.filter(
    (conduit) => inspected(conduit) && (conduit.closedOn ?? []).some((cause) => cause !== 'fault'),
  )
  const has = (cause: FailureCause) => closed.some(({ closedOn = [] }) => closedOn.includes(cause))
  const flag = (mark: number) => `meta mark & ${hex(mark)} != 0`
  if (has('dead') || has('hung'))
    writer.chain('audit_closed', [
      ...bothFamilies.flatMap(empty),
      ...bothFamilies.flatMap((ip) => fixedReads(plan, writer, ip)),
      `${writer.counter(counters.uninspectedDropped)} drop`,
    ])
  writer.chain('audit', [
    `meta mark & ${hex(marks.inspect)} == 0 accept`,
    `${flag(marks.judged)} accept`,
    ...(has('hung') ? [`meta iiftype @hung ${flag(marks.hung)} goto ${writer.name('audit_closed')}`] : []),
    ...(has('dead') ? [`meta iiftype != @hung ${flag(marks.dead)} goto ${writer.name('audit_closed')}`] : []),
    `meta iiftype @hung ${writer.counter(counters.uninspectedHung)}`,
    `meta iiftype != @hung ${writer.counter(counters.uninspectedDead)}`,
    `add @uninspected_first { meta iiftype timeout 14d }`,
    `update @uninspected_last { meta iiftype timeout 14d }`,
    ...bothFamilies.flatMap((ip) => [
      `meta protocol ${ip.etherType} meta l4proto { 6, 17 } ${flag(marks.answer)} update @uninspected${ip.family} { ${ip.dst} . ${ip.src} . meta l4proto . th sport counter } accept`,
      `meta protocol ${ip.etherType} meta l4proto { 6, 17 } update @uninspected${ip.family} { ${ip.src} . ${ip.dst} . meta l4proto . th dport counter } accept`,
    ]),
  ])
}
