/** How devices, services and numbers are named in a finding. */
import type { Conversation, Device } from '../model.ts'

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** `hmi-1 (198.18.2.70)` */
export const named = ({ id, ips, macs }: Device): string => {
  const address = ips[0] ?? macs[0]
  return address === undefined || address === id ? id : `${id} (${address})`
}

/** `a, b, c and 4 others`; two others would take more room than their names. */
export const listed = (names: readonly string[], most = 3): string => {
  if (names.length <= most + 1)
    return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
  return `${names.slice(0, most).join(', ')} and ${names.length - most} others`
}

export const listedDevices = (devices: readonly Device[], most = 3): string => listed(devices.map(named), most)

/** Names for a line of a policy: `plc-a`, or `[plc-a, plc-b]`, which a group stands for. */
export const inPolicy = (devices: readonly Device[]): string => {
  const [first] = devices
  if (devices.length === 1 && first !== undefined) return first.id
  const names = devices.slice(0, 4).map(({ id }) => id)
  return `[${names.join(', ')}${devices.length > names.length ? ', …' : ''}]`
}

/** `modbus`, `tcp/3389`, as a conduit writes it. */
export const serviceOf = ({ protocol, transport, port, proto, etherType }: Conversation): string => {
  if (protocol !== undefined) return protocol
  if (transport !== undefined && port !== undefined) return `${transport}/${port}`
  if (proto === 1 || proto === 58) return 'icmp'
  return proto === undefined ? `ethertype/0x${etherType.toString(16).padStart(4, '0')}` : `IP protocol ${proto}`
}

export const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`
