/** The network layer: ANSI/ASHRAE 135, clause 6. */
import { u16be } from '#core/bytes.ts'
import type { Message, ParsedCommand } from '#core/message.ts'

/** The destination network that is all networks. */
export const everyNetwork = 0xffff

/** Of an address, in octets: that of LonTalk (6.2.2.2). Of a longer one devices differ about where the message behind it begins. */
const longestAddress = 7

/** One NPDU's header, filled again for each. A network of -1: the header names none. */
export class Npdu {
  network = false
  priority = 0
  destination = -1
  destinationAt = 0
  destinationLength = 0
  source = -1
  sourceAt = 0
  sourceLength = 0
  /** Where its APDU or network message begins. */
  content = 0

  /** 6.2. @returns false when it is malformed */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    const control = bytes[at + 1] ?? 0
    this.network = (control & 0x80) !== 0
    this.priority = control & 3
    this.destination = -1
    this.destinationLength = 0
    this.source = -1
    this.sourceLength = 0
    let next = at + 2
    if (bytes[at] !== 1) return false
    if ((control & 0x20) !== 0) {
      this.destination = u16be(bytes, next)
      this.destinationLength = bytes[next + 2] ?? 0
      this.destinationAt = next + 3
      next += 3 + this.destinationLength
    }
    if ((control & 0x08) !== 0) {
      this.source = u16be(bytes, next)
      this.sourceLength = bytes[next + 2] ?? 0
      this.sourceAt = next + 3
      next += 3 + this.sourceLength
      // A source is one station of one network.
      if (this.sourceLength === 0 || this.source === everyNetwork) return false
    }
    if (this.destinationLength > longestAddress || this.sourceLength > longestAddress) return false
    // The hop count.
    if (this.destination >= 0) next++
    this.content = next
    return next < end
  }
}

const ops: Readonly<Record<number, string>> = {
  0x00: 'who-is-router-to-network',
  0x01: 'i-am-router-to-network',
  0x02: 'i-could-be-router-to-network',
  0x03: 'reject-message-to-network',
  0x04: 'router-busy-to-network',
  0x05: 'router-available-to-network',
  0x06: 'initialize-routing-table',
  0x07: 'initialize-routing-table-ack',
  0x08: 'establish-connection-to-network',
  0x09: 'disconnect-connection-to-network',
  0x12: 'what-is-network-number',
  0x13: 'network-number-is',
}

/** Networks in a list up to the end; a message that names none is for all, and a rule that limits networks does not hold. */
const list = (bytes: Uint8Array, at: number, end: number, command: ParsedCommand, message: Message): void => {
  if ((end - at) % 2 !== 0) message.fault = 'malformed'
  for (let next = at; next + 2 <= end && message.step(); next += 2) command.number('networks', u16be(bytes, next))
}

/** Ports of a routing table: network, port, and information of a length of its own (6.4.7). */
const routes = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  let next = at + 1
  for (let left = bytes[at] ?? 0; left > 0 && next < end && message.step(); left--) next += 4 + (bytes[next + 3] ?? 0)
  if (next !== end) message.fault ??= 'malformed'
}

/** A network layer message at `at`: 6.4. */
export const readNetworkMessage = (bytes: Uint8Array, at: number, end: number, message: Message): void => {
  const type = bytes[at] ?? 0
  const op = ops[type]
  const command = message.begin(op ?? 'unlisted-link-message')
  const exactly = end - at - 1
  switch (type) {
    case 0x00:
      list(bytes, at + 1, end, command, message)
      if (exactly > 2) message.fault = 'malformed'
      return
    case 0x01:
    case 0x04:
    case 0x05:
      return list(bytes, at + 1, end, command, message)
    case 0x02:
    case 0x08:
    case 0x13:
      // A network and a byte: performance index, time to live, how it was learned.
      if (exactly === 3) command.number('networks', u16be(bytes, at + 1))
      else message.fault = 'malformed'
      return
    case 0x09:
      if (exactly === 2) command.number('networks', u16be(bytes, at + 1))
      else message.fault = 'malformed'
      return
    case 0x03:
      if (exactly !== 3) message.fault = 'malformed'
      return
    case 0x06:
    case 0x07:
      if (exactly < 1) message.fault = 'malformed'
      else routes(bytes, at + 1, end, message)
      return
    case 0x12:
      if (exactly !== 0) message.fault = 'malformed'
  }
}
