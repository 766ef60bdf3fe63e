/** Temporary permits, windows and bypass: elements whose kernel timeout ends them, with or without the daemon. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { timedElements } from '#linux/nft-objects.ts'
import type { Nft } from '#linux/nftables.ts'
import { macAt } from '#packet/decode.ts'
import { counters, ipTable, table } from '#policy/nft/names.ts'
import type { Temporary } from '#policy/state.ts'
import { timeoutOf } from '#policy/nft/timeout.ts'
import { markAt, refreshed, takeOut, transaction } from './containment.ts'
import { listSet } from './elements.ts'

const familyOf = (ip: string) => (ip.includes(':') ? 6 : 4)
const place = ({ src, mac }: Temporary) => `temporary${mac === undefined ? '' : '_mac'}${familyOf(src)}`
const key = ({ vlan, src, dst, proto, port, mac }: Temporary) => `${mac ?? vlan} . ${src} . ${dst} . ${proto} . ${port}`

/** Adds permits (one per VLAN and port) with a kernel timeout. */
export const addTemporary = (nft: Nft, family: string, permits: readonly Temporary[], seconds: number): void => {
  const value = `${timeoutOf(seconds)} : "${counters.temporary}"`
  transaction(
    nft,
    permits.flatMap((permit) => {
      const map = `${family} ${table} ${place(permit)}`
      return [
        `add element ${map} { ${key(permit)} ${value} }`,
        `delete element ${map} { ${key(permit)} }`,
        `add element ${map} { ${key(permit)} ${value} }`,
      ]
    }),
  )
}

/** What follows the first field of a key: `address . address . inet_proto . inet_service`, each padded to four bytes. */
const flowAt = (bytes: Uint8Array, at: number, version: 4 | 6) => {
  const [ipAt, length] = version === 4 ? ([formatIp4At, 4] as const) : ([formatIp6At, 16] as const)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const proto = at + 2 * length
  return {
    src: ipAt(bytes, at),
    dst: ipAt(bytes, at + length),
    proto: view.getUint8(proto),
    port: view.getUint16(proto + 4),
  }
}

/** Every permit that the kernel has, straight from netlink, with the seconds that it still holds. */
export const listTemporary = (nft: Nft, family: 'bridge' | 'inet'): (Temporary & { expires: number })[] =>
  ([4, 6] as const).flatMap((version) => [
    ...timedElements(family, table, `temporary${version}`, nft.namespace).map(({ key: bytes, expires }) => ({
      vlan: markAt(bytes, 0),
      ...flowAt(bytes, 4, version),
      expires,
    })),
    ...timedElements(family, table, `temporary_mac${version}`, nft.namespace).map(({ key: bytes, expires }) => ({
      vlan: 0,
      mac: macAt(bytes, 0),
      ...flowAt(bytes, 8, version),
      expires,
    })),
  ])

/** Takes permits away, both directions at once; those that have ended already are no error. */
export const removeTemporary = (nft: Nft, family: 'bridge' | 'inet', permits: readonly Temporary[]): void => {
  takeOut(
    () => {
      const present = new Set(listTemporary(nft, family).map((permit) => key(permit)))
      return permits
        .filter((permit) => present.has(key(permit)))
        .map((permit) => `delete element ${family} ${table} ${place(permit)} { ${key(permit)} }`)
    },
    (lines) => transaction(nft, lines),
  )
}

/** Opens a window of a generation for some seconds, or closes it. */
export const setWindow = (
  nft: Nft,
  family: string,
  generation: number,
  index: number,
  seconds: number,
  redirects: boolean,
): void => {
  const sets = [
    `${family} ${table} g${generation}_w${index}`,
    ...(redirects ? [`inet ${ipTable} g${generation}_w${index}`] : []),
  ]
  for (const set of sets)
    transaction(
      nft,
      seconds > 0
        ? refreshed(set, 'ether', seconds)
        : [`add element ${set} { ether }`, `delete element ${set} { ether }`],
    )
}

/** Makes the edge a plain bridge for some seconds; 0 ends it. Needs our table and nothing else. */
export const setBypass = (nft: Nft, family: string, seconds: number): void => {
  const sets = [`${family} ${table} bypass`, `inet ${ipTable} bypass`]
  transaction(
    nft,
    sets.flatMap((set) =>
      seconds > 0
        ? refreshed(set, 'ether', seconds)
        : [`add element ${set} { ether }`, `delete element ${set} { ether }`],
    ),
  )
}

/** Seconds of bypass left; undefined when there is none. */
export const bypassLeft = (nft: Nft, family: string): number | undefined =>
  listSet(nft, family, table, 'bypass')[0]?.expires
