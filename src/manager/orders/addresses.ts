/** What an address means beyond its site, and whether it can be one source at all. */
import { canonicalIp, cidrContains } from '#core/address.ts'
import { Fault } from '#core/errors.ts'

/**
 * RFC 1918, RFC 6598 (shared), RFC 3927 and RFC 4291 2.5.6 (link-local), RFC 4193 (unique local), RFC 3879 (site-local): another host at
 * another site. 198.18.0.0/15 (RFC 2544) is not among them.
 */
const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fe80::/10',
  'fc00::/7',
  'fec0::/10',
]
/** Unspecified, loopback, multicast, reserved and broadcast: nobody's. */
const nobodys = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3', '::/127', 'ff00::/8']

const within = (networks: readonly string[], ip: string): boolean =>
  networks.some((network) => cidrContains(network, ip))

const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/

/** Canonical text; IPv4 in IPv6 (RFC 4291, 2.5.5.2) as what it is. Nothing for what is no address. */
export const plainIp = (text: string): string | undefined => {
  const ip = canonicalIp(text)
  return ip === undefined ? undefined : (mapped.exec(ip)?.[1] ?? ip)
}

export const isPrivate = (ip: string): boolean => within(privateNetworks, ip)

/** An address that one source may have; nothing for any other. */
export const sourceIp = (text: string): string | undefined => {
  const ip = plainIp(text)
  return ip === undefined || within(nobodys, ip) ? undefined : ip
}

/** @throws Fault `usage` */
export const askedIp = (text: string): string => {
  const ip = sourceIp(text)
  if (ip !== undefined) return ip
  throw new Fault('usage', `${text} is not the address of one source.`, {
    advice: 'Name a unicast address such as 198.18.1.40.',
  })
}
