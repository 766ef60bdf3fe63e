/** Which addresses are those of the internet: IANA's special-purpose registries (RFC 6890) name the others. */
import { cidrContains } from '#core/address.ts'
import type { Device } from '../model.ts'

const elsewhere = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
] as const

/** Unicast and routed in the internet. Addresses for documentation count: they stand for such ones. */
export const isPublic = (ip: string): boolean =>
  ip.includes(':')
    ? cidrContains('2000::/3', ip)
    : ip.includes('.') && !elsewhere.some((network) => cidrContains(network, ip))

/**
 * A host of the internet. Plants that chose public addresses for themselves have them on the wire: who answers on its own Ethernet
 * address stands in the plant.
 */
export const isOutside = ({ ips, macs, behind }: Device): boolean =>
  ips.length > 0 && ips.every(isPublic) && (behind !== undefined || macs.length === 0)
