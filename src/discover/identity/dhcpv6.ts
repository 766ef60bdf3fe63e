/** DHCPv6: RFC 8415, 8 and 21; the client's name of RFC 4704. The Ethernet address in an identifier may be of another interface. */
import { u16be, u32be } from '#core/bytes.ts'
import { nameAt } from './dns.ts'
import { sure, type Read } from './sighting.ts'
import { osIn } from './systems.ts'
import { textAt } from './text.ts'

const options = { vendorClass: 16, fqdn: 39 } as const
/** Messages of clients: solicit, request, confirm, renew, rebind and information-request. */
const ofClient: ReadonlySet<number> = new Set([1, 3, 4, 5, 6, 11])
const microsoft = 311
const mostOptions = 64

export const readDhcpv6: Read = (bytes, tell) => {
  if (!ofClient.has(bytes[0] ?? 0)) return
  let at = 4
  for (let left = mostOptions; left > 0 && at + 4 <= bytes.length; left--) {
    const code = u16be(bytes, at)
    const from = at + 4
    const to = from + u16be(bytes, at + 2)
    if (to > bytes.length) return
    if (code === options.fqdn) tell('name', nameAt(bytes.subarray(0, to), from + 1).labels.join('.'), sure.name)
    if (code === options.vendorClass && to - from > 6) {
      const text = textAt(bytes, from + 6, Math.min(to, from + 6 + u16be(bytes, from + 4)))
      if (u32be(bytes, from) === microsoft) tell('os', 'Windows', sure.banner)
      else {
        tell('description', text, sure.banner)
        tell('os', osIn(text), sure.hint)
      }
    }
    at = to
  }
}
