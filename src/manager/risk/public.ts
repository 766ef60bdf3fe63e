/** Addresses that mean one host everywhere. */
import { canonicalIp, cidrContains } from '#core/address.ts'

/**
 * RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291 2.5.3 and 2.5.6, and what no host has. 198.18.0.0/15 (RFC 2544) is not among them, as
 * for orders.
 */
const local = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  '0.0.0.0/8',
  '224.0.0.0/3',
  'fe80::/10',
  'fec0::/10',
  'fc00::/7',
  'ff00::/8',
  '::/127',
]

export const isPublic = (ip: string): boolean => !local.some((network) => cidrContains(network, ip))

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/
const nobodys = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'ff00::/8']

/** Canonical text of an address that one source may have, IPv4 in IPv6 (RFC 4291, 2.5.5.2) as what it is; nothing for anything else. */
export const plainAddress = (text: string): string | undefined => {
  const ip = canonicalIp(text)
  const plain = ip === undefined ? undefined : (mapped.exec(ip)?.[1] ?? ip)
  return plain === undefined || nobodys.some((network) => cidrContains(network, plain)) ? undefined : plain
}
