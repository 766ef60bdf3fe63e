/** What hosts say of their own addresses: ARP (RFC 826) and neighbour advertisements (RFC 4861, 4.4); and what ICMP asks. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { u16be, u32be } from '#core/bytes.ts'
import { macAt } from '#packet/decode.ts'
import { ipProtocols } from '#packet/numbers.ts'

export interface Claim {
  readonly mac: string
  readonly ip: string
}

const noClaims: ReadonlySet<string> = new Set(['0.0.0.0', '255.255.255.255', '::'])

/** The pair that an ARP packet's sender, or a neighbour advertisement's target, states; undefined when it states none. */
export const claimOf = (bytes: Uint8Array, at: number, end: number, family: 4 | 6 = 4): Claim | undefined => {
  const claim = family === 4 ? arp(bytes, at, end) : advertisement(bytes, at, end)
  return claim === undefined || noClaims.has(claim.ip) || (parseInt(claim.mac.slice(0, 2), 16) & 1) === 1
    ? undefined
    : claim
}

const arp = (bytes: Uint8Array, at: number, end: number): Claim | undefined =>
  end < at + 28 || u32be(bytes, at) !== 0x0001_0800 || u16be(bytes, at + 4) !== 0x0604
    ? undefined
    : { mac: macAt(bytes, at + 8), ip: formatIp4At(bytes, at + 14) }

/** The option of the target's link-layer address (type 2) is looked for in the first eight. */
const advertisement = (bytes: Uint8Array, at: number, end: number): Claim | undefined => {
  if (end < at + 24) return undefined
  for (let option = at + 24, count = 0; option + 8 <= end && count < 8; count++) {
    const length = (bytes[option + 1] ?? 0) * 8
    if (bytes[option] === 2 && length === 8) return { mac: macAt(bytes, option + 2), ip: formatIp6At(bytes, at + 8) }
    if (length === 0) return undefined
    option += length
  }
  return undefined
}

/** Replies by the type of their request (RFC 792, RFC 4443, RFC 4861), so that both are of one conversation. */
const requests4: Readonly<Record<number, number>> = { 0: 8, 14: 13, 16: 15, 18: 17 }
const requests6: Readonly<Record<number, number>> = { 129: 128, 134: 133, 136: 135 }

export const typeOfRequest = (protocol: number, type: number): number =>
  (protocol === ipProtocols.icmp ? requests4 : requests6)[type] ?? type
