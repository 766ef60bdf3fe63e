/** Conversations whose packets the kernel counts one by one, outside the permit maps. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { countedElements } from '#linux/nft-objects.ts'
import { type Noted, noteSets } from '#policy/nft/outcome.ts'
import { table } from '#policy/nft/names.ts'
import type { Family, VlanId } from '#policy/plan.ts'

export interface Conversation {
  /** Why its packets are counted. */
  readonly noted: Noted
  readonly vlan: VlanId
  readonly src: string
  readonly dst: string
  readonly proto: number
  /** Destination port of TCP and UDP. */
  readonly port?: number
}

export interface Counted extends Conversation {
  /** Since the kernel began to remember it; it forgets a minute after the last packet. */
  readonly packets: number
}

/** One text per conversation. */
export const nameOf = ({ noted, vlan, src, dst, proto, port }: Conversation): string =>
  `${noted} ${vlan} ${src} ${dst} ${proto} ${port ?? ''}`

const parse = (key: Uint8Array, family: Family, noted: Noted, packets: number): Counted => {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  const length = family === 4 ? 4 : 16
  const address = family === 4 ? formatIp4At : formatIp6At
  const proto = 4 + 2 * length
  return {
    noted,
    // Marks are in the byte order of the machine, and every machine this runs on is little-endian.
    vlan: view.getUint32(0, true),
    src: address(key, 4),
    dst: address(key, 4 + length),
    proto: key[proto] ?? 0,
    ...(key.length >= proto + 8 ? { port: view.getUint16(proto + 4) } : {}),
    packets,
  }
}

/** All that the kernel remembers now. */
export const listConversations = (family: 'bridge' | 'inet'): Counted[] =>
  noteSets.flatMap(({ set, noted, family: version }) =>
    countedElements(family, table, set).map(({ key, packets }) => parse(key, version, noted, packets)),
  )
