import { isIP } from 'node:net'
import * as z from 'zod'

const mac = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/

/** A zone id names an interface of the host that wrote it (RFC 4007, 11): it is not part of the address, and never on the wire. */
const hasNoZoneId = (text: string) => !text.includes('%')
const noZoneId = 'it without the part from `%` on, which names an interface of one host and is never on the wire'

/** IPv4 or IPv6 address, written without a prefix length and without a zone id. */
export const Address = z
  .string()
  .refine((text) => isIP(text) !== 0, 'an IPv4 or IPv6 address such as 198.18.1.10')
  .refine(hasNoZoneId, noZoneId)

/** A network in CIDR notation; the host bits must be zero (checked in policy/check, with the corrected text). */
export const Network = z
  .string()
  .refine((text) => {
    const [address = '', length, ...rest] = text.split('/')
    const family = isIP(address)
    return (
      family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(length ?? '') && Number(length) <= (family === 4 ? 32 : 128)
    )
  }, 'a network such as 198.18.1.0/26')
  .refine(hasNoZoneId, noZoneId)

/** An Ethernet address, kept in lower case with colons. */
export const Mac = z
  .string()
  .overwrite((text) => text.toLowerCase().replaceAll('-', ':'))
  .refine((text) => mac.test(text), 'an Ethernet address such as 00:1b:1b:aa:00:10')

/** A VLAN id, or `untagged` (which includes priority tags, VID 0: IEEE 802.1Q-2018, 9.6). */
export const Vlan = z.union([z.literal('untagged'), z.int().min(1).max(4094)])

export const Port = z.int().min(1).max(65535)

/** A duration such as `30m`, `10s`, `1h`, `2d`. */
export const Duration = z.string().regex(/^\d{1,6}(s|m|h|d)$/, 'a duration such as 30s, 10m, 1h or 2d')

/** Characters of a reason that becomes part of the record. */
export const longestReason = 500
export const Reason = z.string().min(1).max(longestReason)
