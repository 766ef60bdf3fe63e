/** Addresses as 16 bytes, IPv4 as IPv4-mapped IPv6 (RFC 4291, 2.5.5.2), so that a network is one range of an index. */
import { cidrFirst, cidrLast, parseIp } from '#core/address.ts'

const mapped = 0xffffn << 32n

export const addressKey = (address: string): Uint8Array | undefined => {
  const ip = parseIp(address)
  if (ip === undefined) return undefined
  return Buffer.from((ip.family === 4 ? mapped | ip.value : ip.value).toString(16).padStart(32, '0'), 'hex')
}

/** First and last key of an address or a network. */
export const addressRange = (text: string): readonly [Uint8Array, Uint8Array] | undefined => {
  const [first, last] = text.includes('/')
    ? [addressKey(cidrFirst(text)), addressKey(cidrLast(text))]
    : [addressKey(text), addressKey(text)]
  return first === undefined || last === undefined ? undefined : [first, last]
}
