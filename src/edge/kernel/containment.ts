/** Containments in the kernel: order, list, release. */
import { formatIp4At, formatIp6At, parseIp } from '#core/address.ts'
import { Fault } from '#core/errors.ts'
import { timedElements } from '#linux/nft-objects.ts'
import { describeNftError, type Nft } from '#linux/nftables.ts'
import { macAt } from '#packet/decode.ts'
import { table } from '#policy/nft/names.ts'
import { timeoutOf } from '#policy/nft/timeout.ts'
import type { VlanId } from '#policy/plan.ts'
import { listSet, vlanOfMark } from './elements.ts'

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

export interface Hold {
  readonly ip: string
  readonly vlans: readonly VlanId[]
  readonly seconds: number
  readonly links?: readonly Link[]
  /** Not held before: one command per element suffices. */
  readonly fresh?: boolean
}

const holdLines = (family: string, { ip, vlans, seconds, links = [], fresh = false }: Hold): string[] => {
  const whole = Math.max(1, Math.ceil(seconds))
  const put = (set: string, key: string) =>
    fresh ? [`add element ${set} { ${key} timeout ${whole}s }`] : refreshed(set, key, whole)
  return [
    ...vlans.flatMap((vlan) => put(`${family} ${table} held${familyOf(ip)}`, `${vlan} . ${ip}`)),
    ...links.flatMap(({ device, vlan, mac }) =>
      put(`${family} ${table} stranger_macs`, `"${device}" . ${vlan} . ${mac}`),
    ),
  ]
}

/** Stops everything from addresses on the given VLANs, and all frames of their links where they are given: all of them or none. */
export const holdAll = (nft: Nft, family: string, holds: readonly Hold[]): void =>
  transaction(
    nft,
    holds.flatMap((one) => holdLines(family, one)),
  )

export const hold = (nft: Nft, family: string, one: Hold): void => holdAll(nft, family, [one])

/** Addresses that an order stops now. */
export const listHeld = (nft: Nft, family: 'bridge' | 'inet'): Set<string> =>
  new Set(
    ([4, 6] as const).flatMap((version) => {
      const ipAt = version === 4 ? formatIp4At : formatIp6At
      return timedElements(family, table, `held${version}`, nft.namespace).map(({ key }) => ipAt(key, 4))
    }),
  )

const nameLength = 16
const markAt = (key: Uint8Array, at: number): number =>
  new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(at, true)

/** A key `ifname . mark . ether_addr . address` as the kernel keeps it. */
export const linkAt = (key: Uint8Array, version: 4 | 6): Link & { readonly ip: string } => ({
  ip: (version === 4 ? formatIp4At : formatIp6At)(key, nameLength + 12),
  vlan: markAt(key, nameLength),
  device: Buffer.from(key.subarray(0, nameLength)).toString('latin1').replaceAll('\0', ''),
  mac: macAt(key, nameLength + 4),
})

/** Everybody who is contained now: straight from netlink, because tens of thousands of strangers must not hold up orders. */
export const listContained = (nft: Nft, family: 'bridge' | 'inet'): KernelContainment[] =>
  ([4, 6] as const).flatMap((version): KernelContainment[] => {
    const ipAt = version === 4 ? formatIp4At : formatIp6At
    const elements = (set: string) =>
      timedElements(family, table, `${set}${version}`, nft.namespace).map(({ key, expires }) => ({
        key,
        expires: Math.floor(expires),
      }))
    return [
      ...elements('strangers').map(({ key, expires }): KernelContainment => ({
        kind: 'stranger',
        ...linkAt(key, version),
        expires,
      })),
      ...(['contained_known', 'held'] as const).flatMap((set) =>
        elements(set).map(({ key, expires }): KernelContainment => ({
          kind: set === 'held' ? 'ordered' : 'known',
          ip: ipAt(key, 4),
          vlan: markAt(key, 0),
          expires,
        })),
      ),
    ]
  })

/** The places that addresses take in the circuit breaker, see `sourceBits`. */
const breakerKeys = (nft: Nft, family: string, ips: readonly string[]): string[] => {
  if (ips.length === 0) return []
  const wanted = new Set(ips.map((ip) => parseIp(ip)?.value))
  return listSet(nft, family, table, 'breaker')
    .filter(({ key }) => key[1] !== undefined && wanted.has(BigInt(key[1])))
    .map(({ key }) => `${key[0] ?? 0} . 0x${BigInt(key[1] ?? 0).toString(16)}`)
}

export interface Lift {
  readonly ip: string
  /** Where an order stopped its frames. */
  readonly links?: readonly Link[]
}

/**
 * Lifts every containment of addresses, also of the frames of the links they were contained on: all of them or none.
 * @returns what was lifted; empty when nothing was contained
 */
export const liftAll = (nft: Nft, family: 'bridge' | 'inet', lifts: readonly Lift[]): KernelContainment[] => {
  const wanted = new Set(lifts.map(({ ip }) => ip))
  const mine = listContained(nft, family).filter(({ ip }) => wanted.has(ip))
  const macs = new Set([
    ...lifts.flatMap(({ links = [] }) => links.map(({ device, vlan, mac }) => `"${device}" . ${vlan} . ${mac}`)),
    ...mine.flatMap(({ device, vlan, mac }) =>
      mac === undefined || device === undefined ? [] : [`"${device}" . ${vlan} . ${mac}`],
    ),
  ])
  const present = new Set(
    listSet(nft, family, table, 'stranger_macs').map(
      ({ key }) => `"${key[0]}" . ${vlanOfMark(key[1] ?? '0')} . ${key[2]}`,
    ),
  )
  const breaker = breakerKeys(nft, family, [...new Set(mine.flatMap(({ kind, ip }) => (kind === 'known' ? [ip] : [])))])
  transaction(nft, [
    ...mine.map(({ kind, device, vlan, mac, ip }) =>
      kind === 'stranger'
        ? `delete element ${family} ${table} strangers${familyOf(ip)} { "${device}" . ${vlan} . ${mac} . ${ip} }`
        : `delete element ${family} ${table} ${kind === 'known' ? 'contained_known' : 'held'}${familyOf(ip)} { ${vlan} . ${ip} }`,
    ),
    ...[...macs]
      .filter((key) => present.has(key))
      .map((key) => `delete element ${family} ${table} stranger_macs { ${key} }`),
    ...breaker.map((key) => `delete element ${family} ${table} breaker { ${key} }`),
  ])
  return mine
}

/** The same for one address. */
export const lift = (
  nft: Nft,
  family: 'bridge' | 'inet',
  ip: string,
  links: readonly Link[] = [],
): KernelContainment[] => liftAll(nft, family, [{ ip, links }])
