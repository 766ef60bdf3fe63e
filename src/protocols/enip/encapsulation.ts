/** The encapsulation header and the Common Packet Format: CIP volume 2, 2-3 and 2-6. */
import { i32le, u16le, u32le } from '#core/bytes.ts'

export const headerLength = 24
/** 2-3.3: the largest data portion. */
export const longestData = 65_511

/**
 * Command, length and one byte more. OpENer asks for the first four, takes them for there when it got one, and where its sockets do not
 * block gives a message up of which nothing follows yet: it would go on within it.
 */
export const undividedLength = 5

export const commands = {
  nop: 0x00,
  listServices: 0x04,
  listIdentity: 0x63,
  listInterfaces: 0x64,
  registerSession: 0x65,
  unregisterSession: 0x66,
  sendRRData: 0x6f,
  sendUnitData: 0x70,
} as const

/** Item types, table 2-6.3. */
export const items = {
  nullAddress: 0x0000,
  identity: 0x000c,
  connectedAddress: 0x00a1,
  connectedData: 0x00b1,
  unconnectedData: 0x00b2,
  socketToTarget: 0x8000,
  socketToOriginator: 0x8001,
} as const

/**
 * Commands from 0x0100 on are reserved, status codes end below 0x10000, and a receiver discards what has options (2-3.7): a unit with
 * one of these is none, which also tells the protocol from others.
 */
export const frame = (bytes: Uint8Array, at: number, end: number): number => {
  const there = end - at
  if (there < 2) return 0
  if (bytes[at + 1] !== 0) return -1
  if (there < 4) return 0
  const length = u16le(bytes, at + 2)
  if (length > longestData) return -1
  if (there >= 12 && u16le(bytes, at + 10) !== 0) return -1
  if (there >= headerLength && u32le(bytes, at + 20) !== 0) return -1
  return headerLength + length
}

/** The message inside SendRRData or SendUnitData; one object is filled again for every unit. */
export class Packet {
  connected = false
  connectionId = 0
  sequence = 0
  /** Where the CIP message begins and ends. */
  at = 0
  end = 0

  /**
   * Reads interface handle, timeout and items, which must fill the unit exactly and be one address and one data item that belong
   * together, then at most the two socket addresses: of two data items a device may take either.
   */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    const connected = u16le(bytes, at) === commands.sendUnitData
    this.connected = connected
    this.connectionId = this.sequence = this.at = this.end = 0
    const body = at + headerLength
    if (body + 8 > end || u32le(bytes, body) !== 0) return false
    const count = u16le(bytes, body + 6)
    if (count < 2 || count > 4) return false
    const address = body + 8
    const addressLength = connected ? 4 : 0
    if (u16le(bytes, address) !== (connected ? items.connectedAddress : items.nullAddress)) return false
    if (u16le(bytes, address + 2) !== addressLength) return false
    if (connected) this.connectionId = i32le(bytes, address + 4)
    const data = address + 4 + addressLength
    if (u16le(bytes, data) !== (connected ? items.connectedData : items.unconnectedData)) return false
    const first = data + 4
    const last = first + u16le(bytes, data + 2)
    if (last > end || !endsWithSockets(bytes, last, end, count - 2)) return false
    if (connected) this.sequence = u16le(bytes, first)
    this.at = connected ? first + 2 : first
    this.end = last
    return this.at <= last
  }
}

const endsWithSockets = (bytes: Uint8Array, at: number, end: number, count: number): boolean => {
  let item = at
  for (let index = 0; index < count; index++) {
    const type = u16le(bytes, item)
    if (type !== items.socketToTarget && type !== items.socketToOriginator) return false
    item += 4 + u16le(bytes, item + 2)
  }
  return item === end
}
