/** DHCP: RFC 2131, 2 and RFC 2132; the client's name of RFC 4702. What it tells is the client's, by the Ethernet address in it. */
import { formatIp4At } from '#core/address.ts'
import { u32be } from '#core/bytes.ts'
import { macAt } from '#packet/decode.ts'
import { nameAt } from './dns.ts'
import { sure, type Read, type Subject, type Tell } from './sighting.ts'
import { osIn } from './systems.ts'
import { textAt } from './text.ts'

const codes = { pad: 0, hostName: 12, domain: 15, messageType: 53, vendorClass: 60, fqdn: 81, end: 255 } as const
const acknowledgement = 5
const cookie = 0x6382_5363
const optionsAt = 240
const mostOptions = 128
const unset = '0.0.0.0'

/** Options by code; a later one of the same code takes the place of an earlier one. */
const optionsOf = (bytes: Uint8Array): ReadonlyMap<number, Uint8Array> => {
  const options = new Map<number, Uint8Array>()
  let at = optionsAt
  for (let left = mostOptions; left > 0 && at < bytes.length; left--) {
    const code = bytes[at] ?? codes.end
    if (code === codes.end) break
    if (code === codes.pad) {
      at++
      continue
    }
    const from = at + 2
    const to = from + (bytes[at + 1] ?? 0)
    if (to > bytes.length) break
    options.set(code, bytes.subarray(from, to))
    at = to
  }
  return options
}

/** RFC 4702, 2: flags and two codes come first; bit 2 of the flags says that the name is encoded as in DNS. */
const fqdnOf = (bytes: Uint8Array): string =>
  ((bytes[0] ?? 0) & 4) === 0 ? textAt(bytes, 3, bytes.length) : nameAt(bytes, 3).labels.join('.')

const tellVendorClass = (text: string, tell: Tell, of: Subject): void => {
  if (text.startsWith('MSFT ')) tell('os', 'Windows', sure.banner, of)
  else {
    tell('description', text, sure.banner, of)
    tell('os', osIn(text), sure.hint, of)
  }
}

/** Client and server, by the operation code. */
export const readDhcp: Read = (bytes, tell) => {
  const isRequest = bytes[0] === 1
  if (bytes.length < optionsAt || u32be(bytes, 236) !== cookie || bytes[1] !== 1 || bytes[2] !== 6) return
  if (!isRequest && bytes[0] !== 2) return
  const mac = macAt(bytes, 28)
  const of = { mac }
  const options = optionsOf(bytes)
  const text = (code: number): string => {
    const option = options.get(code)
    return option === undefined ? '' : textAt(option, 0, option.length)
  }
  const fqdn = options.get(codes.fqdn)
  if (isRequest) {
    tell('name', text(codes.hostName), sure.name, of)
    if (fqdn !== undefined) tell('name', fqdnOf(fqdn), sure.name, of)
    tellVendorClass(text(codes.vendorClass), tell, of)
    // It uses this address already (2131, 4.3.6).
    const own = formatIp4At(bytes, 12)
    if (own !== unset) tell('ip', own, sure.name, of)
    return
  }
  if (options.get(codes.messageType)?.[0] !== acknowledgement) return
  const given = formatIp4At(bytes, 16)
  if (given !== unset) {
    tell('ip', given, sure.identity, of)
    tell('mac', mac, sure.identity, { ip: given })
  }
  tell('domain', text(codes.domain), sure.banner, of)
}
