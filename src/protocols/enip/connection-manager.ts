/** Services of the connection manager, class 6: CIP volume 1, 3-5. */
import { u16le, u32le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { beginObject, faulty, slots } from './commands.ts'
import { Path } from './path.ts'

/** 3-5.6.3: two bytes of timing, the embedded request with its length, padded, then the route. */
class UnconnectedSend {
  /** The embedded request. */
  at = 0
  end = 0
  route = 0
  routeEnd = 0

  read(bytes: Uint8Array, data: number, end: number): boolean {
    const length = u16le(bytes, data + 2)
    this.at = data + 4
    this.end = this.at + length
    const words = this.end + (length & 1)
    this.route = words + 2
    this.routeEnd = this.route + 2 * (bytes[words] ?? 0)
    return length >= 2 && this.route <= end && this.routeEnd === end
  }
}
export const unconnectedSend = new UnconnectedSend()

/** Routes and connection paths; apart from the path of a request. */
export const connectionPath = new Path()

/** The slot that a path leads to from `slot`: one hop over the backplane and no more. */
export const slotBehind = (path: Path, slot: number): number => {
  if (path.hops === 0) return slot
  return path.slot >= 0 && (slot === slots.none || slot === slots.direct) ? path.slot : slots.elsewhere
}

/** A way off the backplane ends at a device that the policy does not see at its address: that is a command of its own. */
const follow = (path: Path, slot: number, message: Message): number => {
  const further = slotBehind(path, slot)
  if (path.hops > 0 && further === slots.elsewhere) message.begin('routed-onward').text('routes', path.route())
  return further
}

/** Reads the route of an Unconnected Send. @returns the slot */
export const readRoute = (bytes: Uint8Array, at: number, end: number, slot: number, message: Message): number => {
  if (!connectionPath.read(bytes, at, end, message)) {
    message.fault ??= 'malformed'
    return slot
  }
  return follow(connectionPath, slot, message)
}

/** Bits of the network connection parameters (3-5.5.1.1) that tell the type; 3 is reserved. */
const types = ['null', 'multicast', 'point-to-point'] as const

/** Transport class whose data are messages. */
const messages = 3

/**
 * Whether a connection sets something at the device: it has data besides the count of its messages, which class 1 has, or configures a
 * module. What only listens sends a heartbeat without data.
 */
const writes = (type: number, size: number, transport: number, path: Path): boolean =>
  path.hasData || (transport !== messages && type !== 0 && size > (transport === 0 ? 0 : 2))

/** 3-5.5.2. A Large Forward Open has parameters of 32 bits. */
export const readForwardOpen = (
  bytes: Uint8Array,
  data: number,
  end: number,
  op: string,
  slot: number,
  message: Message,
): void => {
  const width = op === 'forward-open' ? 2 : 4
  const parameters = data + 30 + width
  const trigger = parameters + width
  const from = trigger + 2
  const to = from + 2 * (bytes[trigger + 1] ?? 0)
  if (from > end || to !== end || !connectionPath.read(bytes, from, to, message)) return faulty(message, op, slot)
  const further = follow(connectionPath, slot, message)
  const command = beginObject(message, op, connectionPath, further, 'connection-point')
  const type = types[typeOf(bytes, parameters, width)]
  if (type !== undefined) command.text('connection-type', type)
  const transport = (bytes[trigger] ?? 0) & 0x0f
  command.number('transport-class', transport)
  if (connectionPath.hasSymbols) command.text('tags', connectionPath.tag(1))
  const toTarget = data + 26
  const size = u16le(bytes, toTarget) & (width === 2 ? 0x1ff : 0xffff)
  if (!writes(typeOf(bytes, toTarget, width), size, transport, connectionPath)) return
  // Its data go beside all messages: only here can they be judged.
  const output = beginObject(message, 'cyclic-output', connectionPath, further, 'connection-point')
  if (connectionPath.hasSymbols) output.text('tags', connectionPath.tag(1))
}
const typeOf = (bytes: Uint8Array, at: number, width: 2 | 4): number =>
  (width === 2 ? u16le(bytes, at) >> 13 : u32le(bytes, at) >>> 29) & 3

/** 3-5.5.3. It opens nothing, so its path is no route onward. */
export const readForwardClose = (
  bytes: Uint8Array,
  data: number,
  end: number,
  slot: number,
  message: Message,
): void => {
  const from = data + 12
  const to = from + 2 * (bytes[data + 10] ?? 0)
  if (from > end || to !== end || !connectionPath.read(bytes, from, to, message))
    return faulty(message, 'forward-close', slot)
  const { slot: named } = connectionPath
  beginObject(message, 'forward-close', connectionPath, named >= 0 ? named : slot, 'connection-point')
}
