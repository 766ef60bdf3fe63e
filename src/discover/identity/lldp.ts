/** Link layer discovery: IEEE 802.1AB-2016, 8; its inventory of ANSI/TIA-1057, 10.2.6; and PROFINET's, IEC 61158-6-10, 4.3.1. */
import { formatIp4At, formatIp6At } from '#core/address.ts'
import type { FactName } from '#core/message.ts'
import { u16be, u24be } from '#core/bytes.ts'
import { macAt } from '#packet/decode.ts'
import { tellDescription } from './descriptions.ts'
import { sure, type Read, type Subject, type Tell } from './sighting.ts'
import { textAt } from './text.ts'

const types = {
  end: 0,
  chassis: 1,
  name: 5,
  description: 6,
  capabilities: 7,
  management: 8,
  organization: 127,
} as const
/** Address families of IANA, as chassis and management addresses use them. */
const families = { ipv4: 1, ipv6: 2 } as const
const chassisKinds = { mac: 4, network: 5, local: 7 } as const
const organizations = { media: 0x0012bb, profinet: 0x000ecf } as const
/** TLVs of one frame that are looked at: more than fit with contents. */
const mostTlvs = 128

/** Capabilities by bit (8.5.8.1), the one that says most first. */
const roles: readonly (readonly [bit: number, role: string])[] = [
  [3, 'access-point'],
  [4, 'router'],
  [5, 'phone'],
  [2, 'switch'],
]

/** Inventory of LLDP-MED by subtype. Software is what a vendor's advisories count by; the firmware there is the boot loader. */
const inventory: Readonly<Record<number, FactName>> = {
  5: 'hardware',
  7: 'firmware',
  8: 'serial',
  9: 'vendor',
  10: 'model',
}

/** An address with its family before it; undefined for other families. */
const addressAt = (bytes: Uint8Array, at: number, length: number): string | undefined => {
  const family = bytes[at]
  if (family === families.ipv4 && length === 5) return formatIp4At(bytes, at + 1)
  if (family === families.ipv6 && length === 17) return formatIp6At(bytes, at + 1)
  return undefined
}
const isSet = (address: string | undefined): address is string =>
  address !== undefined && address !== '0.0.0.0' && address !== '::'

const tellChassis: Read = (bytes, tell) => {
  const kind = bytes[0] ?? 0
  if (kind === chassisKinds.mac && bytes.length === 7) tell('mac', macAt(bytes, 1), sure.identity)
  const address = kind === chassisKinds.network ? addressAt(bytes, 1, bytes.length - 1) : undefined
  if (isSet(address)) tell('ip', address, sure.identity)
  if (kind === chassisKinds.local) tellLocal(textAt(bytes, 1, bytes.length), tell)
}

/**
 * PROFINET's chassis: a name of station, or columns of fixed width for type (25), order number (20), serial number (16), hardware
 * (5) and software revision (10), with a blank between each two.
 */
const tellLocal = (text: string, tell: Tell): void => {
  if (text.length < 65) {
    if (/^[a-z0-9][a-z0-9.-]*$/.test(text)) tell('name', text, sure.name)
    return
  }
  tell('model', `${text.slice(0, 25).trim()} ${text.slice(26, 46).trim()}`, sure.identity)
  tell('serial', text.slice(47, 63), sure.identity)
  tell('hardware', text.slice(64, 69), sure.identity)
  const [, prefix = '', ...parts] = /^([A-Z])\s*(\d+)\s+(\d+)\s+(\d+)/.exec(text.slice(70).trim()) ?? []
  if (prefix !== '') tell('firmware', `${prefix}${parts.join('.')}`, sure.identity)
}

const tellCapabilities: Read = (bytes, tell) => {
  const enabled = u16be(bytes, 2)
  const role = roles.find(([bit]) => ((enabled >> bit) & 1) === 1)
  if (role !== undefined) tell('role', role[1], 0.8)
}

const tellOrganization: Read = (bytes, tell) => {
  const organization = u24be(bytes, 0)
  const subtype = bytes[3] ?? 0
  const name = organization === organizations.media ? inventory[subtype] : undefined
  if (name !== undefined) tell(name, textAt(bytes, 4, bytes.length), sure.identity)
  // LLDP_PNIO_CHASSIS_MAC: the interface that the station communicates by, which is not that of the port.
  if (organization === organizations.profinet && subtype === 5 && bytes.length === 10)
    tell('mac', macAt(bytes, 4), sure.identity)
}

export const readLldp: Read = (bytes, tell) => {
  let at = 0
  let name = ''
  let description = ''
  const addresses: string[] = []
  for (let left = mostTlvs; left > 0 && at + 2 <= bytes.length; left--) {
    const type = (bytes[at] ?? 0) >> 1
    const from = at + 2
    const to = from + (u16be(bytes, at) & 0x1ff)
    if (type === types.end || to > bytes.length) break
    const value = bytes.subarray(from, to)
    if (type === types.chassis) tellChassis(value, tell)
    else if (type === types.name) name = textAt(bytes, from, to)
    else if (type === types.description) description = textAt(bytes, from, to)
    else if (type === types.capabilities && value.length >= 4) tellCapabilities(value, tell)
    else if (type === types.organization) tellOrganization(value, tell)
    else if (type === types.management) {
      const address = addressAt(value, 1, value[0] ?? 0)
      if (value.length > (value[0] ?? 0) && isSet(address)) addresses.push(address)
    }
    at = to
  }
  // The frame has the address of a port, which nothing else may ever show: its device is known by the management address as well.
  const subjects: readonly Subject[] = ['sender', ...addresses.slice(0, 2).map((ip) => ({ ip }))]
  for (const address of addresses) tell('ip', address, sure.identity)
  for (const of of subjects) {
    tell('name', name, sure.identity, of)
    tellDescription(description, sure.identity, tell, of)
  }
}
