/** Refusals as a device would send them: CIP volume 2, 2-3 (encapsulation); volume 1, 2-4.2 and appendix B (general status). */
import { putU16le, putU32le, u16le } from '#core/bytes.ts'
import type { Refusal } from '#core/codec.ts'
import { Message } from '#core/message.ts'
import { unconnectedSend } from './connection-manager.ts'
import type { Connections } from './connections.ts'
import { commands, headerLength, items, Packet } from './encapsulation.ts'
import { commandOf } from './pccc-requests.ts'
import { dataOf, deepest, path, readPath } from './requests.ts'
import { opOf } from './services.ts'

/** Service not supported, path destination unknown, invalid attribute value, privilege violation. */
const generalStatus: Readonly<Record<Refusal, number>> = { function: 0x08, object: 0x05, value: 0x09, state: 0x0f }
/** Of a Multiple Service Packet: a service inside was refused. */
const embeddedError = 0x1e
/** Publication 1770-6.5.16, chapter 8: illegal command, addressing problem, the former again, disallowed by protection. */
const pcccStatus: Readonly<Record<Refusal, number>> = { function: 0x10, object: 0x50, value: 0x10, state: 0x60 }

/** Table 2-3.3. */
const invalidCommand = 0x0001
const incorrectData = 0x0003

const packet = new Packet()
/** Reading a path counts steps, which nobody looks at here. */
const steps = new Message()

/** The request inside any Unconnected Sends around it: a target's reply takes the envelope's place. */
class Innermost {
  at = 0
  end = 0
  /** Its op; empty when it cannot be read. */
  op = ''

  find(bytes: Uint8Array, at: number, end: number): void {
    this.at = at
    this.end = end
    this.op = ''
    for (let depth = 0; depth <= deepest; depth++) {
      if (!readPath(bytes, this.at, this.end, steps.reset())) return
      const op = opOf(bytes[this.at] ?? 0, path)
      if (op !== 'unconnected-send' || !unconnectedSend.read(bytes, dataOf(bytes, this.at), this.end)) {
        this.op = op
        return
      }
      this.at = unconnectedSend.at
      this.end = unconnectedSend.end
    }
  }
}
const innermost = new Innermost()

const header = (bytes: Uint8Array, at: number, length: number, status: number, out: Uint8Array): void => {
  for (let index = 0; index < headerLength; index++) out[index] = bytes[at + index] ?? 0
  putU16le(out, 2, length)
  putU32le(out, 8, status)
}

const bare = (bytes: Uint8Array, at: number, status: number, out: Uint8Array): number => {
  header(bytes, at, 0, status, out)
  return headerLength
}

export const refuse = (
  bytes: Uint8Array,
  at: number,
  end: number,
  connections: Connections,
  why: Refusal,
  out: Uint8Array,
): number => {
  const command = u16le(bytes, at)
  if (end < at + headerLength || command === commands.nop || command === commands.unregisterSession) return 0
  const connected = command === commands.sendUnitData
  if (!connected && command !== commands.sendRRData) return bare(bytes, at, invalidCommand, out)
  if (!packet.read(bytes, at, end) || packet.at + 2 > packet.end)
    return connected ? -1 : bare(bytes, at, incorrectData, out)
  // Without its opening, and before its first answer, nobody can say which connection id the client listens to.
  const connection = connected ? connections.find(packet.connectionId) : undefined
  if (connected && connection?.paired !== true) return -1
  const body = headerLength
  out.fill(0, body, body + 8)
  putU16le(out, body + 6, 2)
  let item = body + 8
  putU16le(out, item, connected ? items.connectedAddress : items.nullAddress)
  putU16le(out, item + 2, connected ? 4 : 0)
  item += 4
  if (connection !== undefined) {
    putU32le(out, item, connection.toOriginator)
    item += 4
  }
  putU16le(out, item, connected ? items.connectedData : items.unconnectedData)
  const first = item + 4
  if (connected) putU16le(out, first, packet.sequence)
  const length = writeReply(bytes, packet.at, packet.end, why, out, connected ? first + 2 : first)
  putU16le(out, item + 2, length - first)
  header(bytes, at, length - headerLength, 0, out)
  return length
}

/** @returns where the reply that begins at `to` ends */
const writeReply = (bytes: Uint8Array, at: number, end: number, why: Refusal, out: Uint8Array, to: number): number => {
  innermost.find(bytes, at, end)
  const { at: asked, op } = innermost
  const askedEnd = innermost.end
  const data = dataOf(bytes, asked)
  if (op === 'multiple-service-packet') {
    const length = writeReplies(bytes, asked, data, askedEnd, why, out, to)
    if (length > 0) return length
  }
  const command = op === 'execute-pccc' && data < askedEnd ? commandOf(bytes, data) : data
  const isPccc = command > data && command + 4 <= askedEnd
  const next = putStatus(bytes[asked] ?? 0, isPccc ? 0 : generalStatus[why], out, to)
  return isPccc && next + 260 < out.length ? writePccc(bytes, data, why, out, next) : next
}

const putStatus = (service: number, status: number, out: Uint8Array, to: number): number => {
  out[to] = service | 0x80
  out[to + 1] = 0
  out[to + 2] = status
  out[to + 3] = 0
  return to + 4
}

/** A PCCC program reads its own status; the CIP reply around it succeeds. Requestor id and TNS come back. */
const writePccc = (bytes: Uint8Array, data: number, why: Refusal, out: Uint8Array, to: number): number => {
  const command = commandOf(bytes, data)
  const shift = to - data
  for (let index = data; index < command + 4; index++) out[index + shift] = bytes[index] ?? 0
  out[command + shift] = (bytes[command] ?? 0) | 0x40
  out[command + shift + 1] = pcccStatus[why]
  return command + shift + 4
}

/**
 * Every service of a Multiple Service Packet is answered with the refusal: none has been carried out, and a client that is told that the
 * packet itself is not supported would give up packing for good.
 * @returns 0 when the answer would be too long
 */
const writeReplies = (
  bytes: Uint8Array,
  asked: number,
  data: number,
  end: number,
  why: Refusal,
  out: Uint8Array,
  to: number,
): number => {
  const count = u16le(bytes, data)
  if (count === 0 || data + 2 + 2 * count > end || to + 6 + 6 * count > out.length) return 0
  const base = putStatus(bytes[asked] ?? 0, embeddedError, out, to)
  putU16le(out, base, count)
  for (let index = 0; index < count; index++) {
    const offset = 2 + 2 * count + 4 * index
    putU16le(out, base + 2 + 2 * index, offset)
    const part = data + u16le(bytes, data + 2 + 2 * index)
    putStatus(part < end ? (bytes[part] ?? 0) : 0, generalStatus[why], out, base + offset)
  }
  return base + 2 + 6 * count
}
