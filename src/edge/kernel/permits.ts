/** Temporary permits, windows and bypass: elements whose kernel timeout ends them, with or without the daemon. */
import type { Nft } from '#linux/nftables.ts'
import { counters, ipTable, table } from '#policy/nft/names.ts'
import type { Temporary } from '#policy/state.ts'
import { timeoutOf } from '#policy/nft/timeout.ts'
import { refreshed, takeOut, transaction } from './containment.ts'
import { listMap, listSet, vlanOfMark } from './elements.ts'

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

export const listTemporary = (nft: Nft, family: string): (Temporary & { expires: number })[] =>
  ([4, 6] as const).flatMap((version) => [
    ...listMap(nft, family, table, `temporary${version}`).map(
      ({ key: [mark = '0', src = '', dst = '', proto = '0', port = '0'], expires = 0 }) => ({
        vlan: vlanOfMark(mark),
        src,
        dst,
        proto: Number(proto),
        port: Number(port),
        expires,
      }),
    ),
    ...listMap(nft, family, table, `temporary_mac${version}`).map(
      ({ key: [mac = '', src = '', dst = '', proto = '0', port = '0'], expires = 0 }) => ({
        vlan: 0,
        mac,
        src,
        dst,
        proto: Number(proto),
        port: Number(port),
        expires,
      }),
    ),
  ])

/** Takes permits away, both directions at once; those that have ended already are no error. */
export const removeTemporary = (nft: Nft, family: string, permits: readonly Temporary[]): void => {
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
