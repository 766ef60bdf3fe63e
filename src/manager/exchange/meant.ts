/** Where the manager never dials, and what an address means on the way: IPv6 has many clothes for an address of IPv4. Pure. */
import { cidrContains, formatIp, parseIp } from '#core/address.ts'

/**
 * This link (RFC 3927; RFC 4291, 2.5.6), where services of the machine and of clouds answer; those of clouds that answer elsewhere (AWS,
 * Oracle and Google over IPv6, Alibaba, Azure); and what is no host.
 */
const never = [
  '169.254.0.0/16',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd00:c1::a9fe:a9fe/128',
  'fd20:ce::/32',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '0.0.0.0/8',
  '::/128',
  '224.0.0.0/3',
  'ff00::/8',
]
/** Never either when something on the way takes it out of an address of IPv6. */
const neverMeant = ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '127.0.0.0/8']
/** No host: the bits of an address of IPv6 that hold none. */
const nothing = '0.0.0.0/8'

interface Clothes {
  readonly network: string
  /** Bits to the right of the address of IPv4. */
  readonly shift: number
  /** Bits 64 to 71 belong to nobody, and the address goes around them (RFC 6052, 2.2). */
  readonly around?: true
  readonly inverted?: true
}
const clothes: readonly Clothes[] = [
  // RFC 4291, 2.5.5: mapped, and compatible. RFC 2765, 2.1: translated.
  { network: '::ffff:0:0/96', shift: 0 },
  { network: '::/96', shift: 0 },
  { network: '::ffff:0:0:0/96', shift: 0 },
  // NAT64 (RFC 6052), and that of a site (RFC 8215) with a prefix of 96, 64, 56 or 48 bits.
  { network: '64:ff9b::/96', shift: 0 },
  { network: '64:ff9b:1::/48', shift: 0 },
  { network: '64:ff9b:1::/48', shift: 24, around: true },
  { network: '64:ff9b:1::/48', shift: 32, around: true },
  { network: '64:ff9b:1::/48', shift: 40, around: true },
  // 6to4 (RFC 3056, 2). Teredo (RFC 4380, 4): the server, and the client behind it.
  { network: '2002::/16', shift: 80 },
  { network: '2001::/32', shift: 64 },
  { network: '2001::/32', shift: 0, inverted: true },
]
const low = (bits: number): bigint => (1n << BigInt(bits)) - 1n

const wornBy = (value: bigint, { shift, around, inverted }: Clothes): string => {
  const bits = around === true ? ((value >> 64n) << 56n) | (value & low(56)) : value
  const found = (bits >> BigInt(shift)) & low(32)
  return formatIp(4, inverted === true ? found ^ low(32) : found)
}

/** As the kernel takes it: `::ffff:192.0.2.1` is 192.0.2.1, and a zone (RFC 4007, 11) is left out. Nothing for what is no address. */
export const plainAddress = (text: string): string | undefined => {
  const ip = parseIp(text.split('%', 1)[0] ?? '')
  if (ip === undefined) return undefined
  const isMapped = ip.family === 6 && ip.value >> 32n === 0xffffn
  return isMapped ? formatIp(4, ip.value & low(32)) : formatIp(ip.family, ip.value)
}

/** Addresses of IPv4 that a plain address may come to mean. */
export const meantBy = (address: string): readonly string[] => {
  const ip = parseIp(address)
  if (ip === undefined || ip.family === 4) return []
  return clothes
    .filter(({ network }) => cidrContains(network, address))
    .map((one) => wornBy(ip.value, one))
    .filter((found) => !cidrContains(nothing, found))
}

const within = (networks: readonly string[], address: string): boolean =>
  networks.some((network) => cidrContains(network, address))

/** Whether a plain address is one where the manager does not dial. */
export const isNeverDialled = (address: string): boolean =>
  within(never, address) || meantBy(address).some((found) => within(neverMeant, found))
