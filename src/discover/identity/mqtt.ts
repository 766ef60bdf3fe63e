/** MQTT: whether a client logs in with a password that everyone on the way can read. OASIS MQTT 3.1.1, 3.1 and 5.0, 3.1. */
import { u16be } from '#core/bytes.ts'
import { sure, type Tell } from './sighting.ts'
import { startsWith } from './text.ts'

const connect = 0x10
const passwordFlag = 0x40

/** Where the protocol's name begins, behind a length of one to four bytes (2.2.3); -1 when it is no CONNECT. */
const nameIn = (bytes: Uint8Array): number => {
  if (bytes[0] !== connect) return -1
  let at = 1
  while (at < 4 && (bytes[at] ?? 0) >= 0x80) at++
  const name = at + 3
  return startsWith(bytes, 'MQTT', name) || startsWith(bytes, 'MQIsdp', name) ? name : -1
}

export const isMqtt = (bytes: Uint8Array): boolean => nameIn(bytes) > 0

/** @returns whether more of it is wanted */
export const readMqtt = (bytes: Uint8Array, fromClient: boolean, tell: Tell): boolean => {
  const name = nameIn(bytes)
  if (!fromClient || name < 0) return false
  const flags = name + u16be(bytes, name - 2) + 1
  if (((bytes[flags] ?? 0) & passwordFlag) !== 0) tell('clear-text-login', 'mqtt', sure.login, 'receiver')
  return bytes.length <= flags
}
