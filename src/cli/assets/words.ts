/** Devices in words: what devices say of themselves may not steer the terminal it is shown on. */
import type { Concluded, Conversation, Device } from '#discover/model.ts'
import { legible } from '#core/legible.ts'

export const cut = (text: string, length: number): string => {
  const shown = legible(text)
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown
}

export const percent = (confidence: number): string => `${Math.round(confidence * 100)}%`

/** `plc 85%`; without a number where a person said so. */
export const kindText = ({ kind, told }: Device): string =>
  told?.kind === undefined ? `${kind.value} ${percent(kind.confidence)}` : kind.value

export const because = ({ because: why }: Concluded<unknown>): string => legible(why.join('; '))

/** IP addresses, else Ethernet addresses; of many the first and how many more. */
export const addressesText = ({ ips, macs }: Device, most = 2): string => {
  const all = ips.length > 0 ? ips : macs
  return all.length > most ? `${all.slice(0, most).join(' ')} +${all.length - most}` : all.join(' ')
}

export const timeText = (at: number): string =>
  at === 0 ? 'never' : Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().replace(/\.\d+Z$/, 'Z') : `${at} ms`

/** `modbus`, `tcp/80`, `ip/89`, `ethertype/0x88b8`. */
export const serviceText = ({ protocol, transport, port, proto, etherType }: Conversation): string => {
  if (protocol !== undefined) return protocol
  if (transport !== undefined) return `${transport}/${port ?? ''}`
  return proto === undefined ? `ethertype/0x${etherType.toString(16).padStart(4, '0')}` : `ip/${proto}`
}
