/** Cisco Discovery Protocol: TLVs behind a header of four bytes, as Cisco's "CDP Packet Format" and its readers describe them. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import { u16be, u32be } from '#core/bytes.ts'
import { tellDescription } from './descriptions.ts'
import { sure, type Read, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

/** LLC and SNAP header of CDP: DSAP, SSAP and control, Cisco's OUI, and the protocol 0x2000. */
export const cdpSnap = Uint8Array.of(0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00)

const types = {
  device: 0x01,
  addresses: 0x02,
  capabilities: 0x04,
  version: 0x05,
  platform: 0x06,
  systemName: 0x14,
  managementAddresses: 0x16,
  location: 0x17,
} as const
const mostTlvs = 128
const mostAddresses = 8

/** Capabilities by mask, the one that says most first. */
const roles: readonly (readonly [mask: number, role: string])[] = [
  [0x80, 'phone'],
  [0x01, 'router'],
  [0x08, 'switch'],
  [0x02, 'switch'],
]

/** Addresses: a count, then protocol type, length and number, and the length and bytes of an address. */
const tellAddresses: Read = (bytes, tell) => {
  let at = 4
  for (let left = Math.min(u32be(bytes, 0), mostAddresses); left > 0; left--) {
    const address = at + 4 + (bytes[at + 1] ?? 0)
    const length = u16be(bytes, address - 2)
    if (address + length > bytes.length) return
    // NLPID 0xcc is IPv4; IPv6 comes with a SNAP header that ends in its EtherType.
    if (length === 4 && bytes[at + 2] === 0xcc) tell('ip', formatIp4At(bytes, address), sure.identity)
    if (length === 16 && u16be(bytes, address - 4) === 0x86dd) tell('ip', formatIp6At(bytes, address), sure.identity)
    at = address + length
  }
}

const tellPlatform = (platform: string, tell: Tell): void => {
  const [, vendor = '', model = platform] = /^(cisco) (.+)$/i.exec(platform) ?? []
  if (vendor !== '') tell('vendor', 'Cisco', sure.identity)
  tell('model', model, sure.identity)
}

/** Reads from the version of the protocol on. */
export const readCdp: Read = (bytes, tell) => {
  let at = 4
  for (let left = mostTlvs; left > 0 && at + 4 <= bytes.length; left--) {
    const type = u16be(bytes, at)
    const from = at + 4
    const to = at + u16be(bytes, at + 2)
    if (to < from || to > bytes.length) return
    const value = bytes.subarray(from, to)
    if (type === types.device || type === types.systemName) tell('name', textAt(bytes, from, to), sure.identity)
    else if (type === types.addresses || type === types.managementAddresses) tellAddresses(value, tell)
    else if (type === types.version) tellDescription(textAt(bytes, from, to), sure.identity, tell)
    else if (type === types.platform) tellPlatform(textAt(bytes, from, to), tell)
    // A byte of unknown meaning comes first.
    else if (type === types.location) tell('location', textAt(bytes, from + 1, to), sure.identity)
    else if (type === types.capabilities) {
      const role = roles.find(([mask]) => (u32be(value, 0) & mask) !== 0)
      if (role !== undefined) tell('role', role[1], 0.8)
    }
    at = to
  }
}
