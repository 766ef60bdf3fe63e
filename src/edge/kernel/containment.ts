/** Containments in the kernel: order, list, release. */
import { setImmediate } from 'node:timers/promises'
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import type { ElementChange } from '#linux/nft-elements.ts'
import { timedElements, timedParts } from '#linux/nft-objects.ts'
import { describeNftError, type Nft } from '#linux/nftables.ts'
import { ipBytes, macBytes } from '#packet/build.ts'
import { macAt } from '#packet/decode.ts'
import { table } from '#policy/nft/names.ts'
import { timeoutOf } from '#policy/nft/timeout.ts'
import type { VlanId } from '#policy/plan.ts'

export interface KernelContainment {
  readonly kind: 'stranger' | 'known' | 'ordered'
  readonly ip: string
  readonly vlan: VlanId
  readonly device?: string
  readonly mac?: string
  /** Seconds until it ends by itself. */
  readonly expires: number
}

export interface Link {
  readonly device: string
  readonly vlan: VlanId
  readonly mac: string
}

const familyOf = (ip: string) => (ip.includes(':') ? 6 : 4)

/** One transaction or nothing. */
export const transaction = (nft: Nft, lines: readonly string[]): void => {
  if (lines.length === 0) return
  const result = nft.run(lines.join('\n'))
  if (!result.ok) throw new Fault('kernel-rejected', `The kernel refused the change: ${describeNftError(result.error)}`)
}

/** Re-adding an element does not refresh its timeout: add, delete and add again in one transaction does, whether it was there or not. */
export const refreshed = (set: string, key: string, seconds: number): string[] => [
  `add element ${set} { ${key} ${timeoutOf(seconds)} }`,
  `delete element ${set} { ${key} }`,
  `add element ${set} { ${key} ${timeoutOf(seconds)} }`,
]

const nameLength = 16

/** A mark as the kernel keeps it, which stands for a VLAN. */
const markBytes = (vlan: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, vlan, true)
  return bytes
}
const padded = (bytes: Uint8Array, length: number): Uint8Array => {
  const whole = new Uint8Array(length)
  whole.set(bytes)
  return whole
}

/** A key `mark . address`. */
const addressKey = (vlan: number, ip: string): Uint8Array => Buffer.concat([markBytes(vlan), ipBytes(ip)])
/** A key `ifname . mark . ether_addr`. */
const linkKey = ({ device, vlan, mac }: Link): Uint8Array =>
  Buffer.concat([padded(Buffer.from(device, 'latin1'), nameLength), markBytes(vlan), padded(macBytes(mac), 8)])
const linkKeyLength = nameLength + 4 + 8

const change = (nft: Nft, family: 'bridge' | 'inet', changes: readonly ElementChange[]): void => {
  const result = nft.change(family, table, changes)
  if (!result.ok) throw new Fault('kernel-rejected', `The kernel refused the change: ${result.error}.`)
}

export interface Hold {
  readonly ip: string
  readonly vlans: readonly VlanId[]
  readonly seconds: number
  readonly links?: readonly Link[]
}

/** Stops everything from addresses on the given VLANs, and all frames of their links where they are given: all of them or none. */
export const holdAll = (nft: Nft, family: 'bridge' | 'inet', holds: readonly Hold[]): void =>
  change(
    nft,
    family,
    holds.flatMap(({ ip, vlans, seconds: asked, links = [] }) => {
      const seconds = Math.max(1, Math.ceil(asked))
      return [
        ...vlans.map((vlan) => ({ set: `held${familyOf(ip)}`, key: addressKey(vlan, ip), seconds })),
        ...links.map((link) => ({ set: 'stranger_macs', key: linkKey(link), seconds })),
      ]
    }),
  )

export const hold = (nft: Nft, family: 'bridge' | 'inet', one: Hold): void => holdAll(nft, family, [one])

/** Source bits as the circuit breaker keeps them, see `sourceBits`: an IPv4 address behind zeros. */
const breakerBits = (ip: string): Uint8Array =>
  Buffer.concat([new Uint8Array(familyOf(ip) === 4 ? 12 : 0), ipBytes(ip)])

/** Stops everything from a known asset, as one of the three that may be stopped without a person. @throws Fault `kernel-rejected` when there are three */
export const holdKnown = (nft: Nft, family: 'bridge' | 'inet', vlan: VlanId, ip: string, seconds: number): void =>
  change(nft, family, [
    { set: 'breaker', key: Buffer.concat([markBytes(vlan), breakerBits(ip)]), seconds },
    { set: `contained_known${familyOf(ip)}`, key: addressKey(vlan, ip), seconds },
  ])

/** Addresses that an order stops now. */
export const listHeld = (nft: Nft, family: 'bridge' | 'inet'): Set<string> =>
  new Set(
    ([4, 6] as const).flatMap((version) => {
      const ipAt = version === 4 ? formatIp4At : formatIp6At
      return timedElements(family, table, `held${version}`, nft.namespace).map(({ key }) => ipAt(key, 4))
    }),
  )

/** The VLAN that a mark in a key stands for. */
export const markAt = (key: Uint8Array, at: number): number =>
  new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(at, true)

/** A key `ifname . mark . ether_addr . address` as the kernel keeps it. */
export const linkAt = (key: Uint8Array, version: 4 | 6): Link & { readonly ip: string } => ({
  ip: (version === 4 ? formatIp4At : formatIp6At)(key, nameLength + 12),
  vlan: markAt(key, nameLength),
  device: Buffer.from(key.subarray(0, nameLength)).toString('latin1').replaceAll('\0', ''),
  mac: macAt(key, nameLength + 4),
})

interface Found {
  readonly containment: KernelContainment
  readonly set: string
  readonly key: Uint8Array
}

/** Sets by what is in them. Orders come first: of a flood of strangers only the first may be shown. */
const setsOfKinds = [
  ['ordered', 'held'],
  ['known', 'contained_known'],
  ['stranger', 'strangers'],
] as const

/** Everybody who is contained, in parts of some hundred: whoever asks for them may let others have their turn in between. */
function* found(nft: Nft, family: 'bridge' | 'inet'): Generator<readonly Found[], void> {
  for (const [kind, name] of setsOfKinds)
    for (const version of [4, 6] as const) {
      const ipAt = version === 4 ? formatIp4At : formatIp6At
      const read = (key: Uint8Array) =>
        kind === 'stranger' ? { kind, ...linkAt(key, version) } : { kind, ip: ipAt(key, 4), vlan: markAt(key, 0) }
      const set = `${name}${version}`
      for (const part of timedParts(family, table, set, nft.namespace))
        yield part.map(({ key, expires }) => ({
          containment: { ...read(key), expires: Math.floor(expires) },
          set,
          key,
        }))
    }
}

/** Everybody who is contained now, straight from netlink. Tens of thousands take a second: see {@link containedParts}. */
export const listContained = (nft: Nft, family: 'bridge' | 'inet'): KernelContainment[] =>
  [...found(nft, family)].flatMap((part) => part.map(({ containment }) => containment))

/** The same in parts, between which orders have their turn: tens of thousands of strangers must not hold them up. */
export async function* containedParts(
  nft: Nft,
  family: 'bridge' | 'inet',
): AsyncGenerator<readonly KernelContainment[], void> {
  for (const part of found(nft, family)) {
    yield part.map(({ containment }) => containment)
    await setImmediate()
  }
}

export interface Lift {
  readonly ip: string
  /** Where an order stopped its frames. */
  readonly links?: readonly Link[]
}

const mostLooks = 4

/**
 * Takes out what was found. What ended meanwhile is no error, but the kernel says it is: there is nothing to delete, or no room to put
 * it in once more. So it is looked at again.
 * @throws Fault `kernel-rejected` when that does not help
 */
export const takeOut = <T>(look: () => T, take: (seen: T) => void): T => {
  const first = look()
  let seen = first
  for (let looked = 1; ; looked++)
    try {
      take(seen)
      return first
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'kernel-rejected' || looked === mostLooks) throw error
      seen = look()
    }
}

export interface Looked {
  readonly contained: KernelContainment[]
  readonly changes: readonly ElementChange[]
}

const same = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** What is contained of these addresses, and what has to go for it; stops after every part of what is looked through. */
function* lookFor(nft: Nft, family: 'bridge' | 'inet', lifts: readonly Lift[]): Generator<void, Looked> {
  if (lifts.length === 0) return { contained: [], changes: [] }
  const wanted = new Set(lifts.map(({ ip }) => ip))
  const mine: Found[] = []
  for (const part of found(nft, family)) {
    mine.push(...part.filter(({ containment: { ip } }) => wanted.has(ip)))
    yield
  }
  const links = new Set([
    ...lifts.flatMap(({ links: asked = [] }) => asked.map((link) => same(linkKey(link)))),
    ...mine.flatMap(({ containment: { kind }, key }) =>
      kind === 'stranger' ? [same(key.subarray(0, linkKeyLength))] : [],
    ),
  ])
  const places = new Set(
    mine.flatMap(({ containment: { kind, ip } }) => (kind === 'known' ? [same(breakerBits(ip))] : [])),
  )
  const beside: ElementChange[] = []
  for (const [set, isEmpty, matches] of [
    ['stranger_macs', links.size === 0, (key: Uint8Array) => links.has(same(key))],
    ['breaker', places.size === 0, (key: Uint8Array) => places.has(same(key.subarray(4)))],
  ] as const)
    if (!isEmpty)
      for (const part of timedParts(family, table, set, nft.namespace)) {
        beside.push(...part.flatMap(({ key }) => (matches(key) ? [{ set, key, seconds: 0 }] : [])))
        yield
      }
  return {
    contained: mine.map(({ containment }) => containment),
    changes: [...mine.map(({ set, key }) => ({ set, key, seconds: 0 })), ...beside],
  }
}

const atOnce = (looking: Generator<void, Looked>): Looked => {
  for (;;) {
    const { done, value } = looking.next()
    if (done === true) return value
  }
}

/**
 * Lifts every containment of addresses, also of the frames of the links they were contained on: all of them or none.
 * @param looked what a look before this one found
 * @returns what was lifted; empty when nothing was contained
 */
export const liftAll = (
  nft: Nft,
  family: 'bridge' | 'inet',
  lifts: readonly Lift[],
  looked?: Looked,
): KernelContainment[] => {
  let first = looked
  return takeOut(
    () => {
      const now = first ?? atOnce(lookFor(nft, family, lifts))
      first = undefined
      return now
    },
    ({ changes }) => change(nft, family, changes),
  ).contained
}

/** What {@link liftAll} has to lift. Others have their turn while it is looked for. */
export const lookSoftly = async (nft: Nft, family: 'bridge' | 'inet', lifts: readonly Lift[]): Promise<Looked> => {
  const looking = lookFor(nft, family, lifts)
  for (;;) {
    const { done, value } = looking.next()
    if (done === true) return value
    await setImmediate()
  }
}

/** The same for one address. */
export const lift = (
  nft: Nft,
  family: 'bridge' | 'inet',
  ip: string,
  links: readonly Link[] = [],
): KernelContainment[] => liftAll(nft, family, [{ ip, links }])
