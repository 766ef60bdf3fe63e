/** What a CIP reply shows: read side by side with its request, since a reply names no object. Volume 1, 2-4.2. */
import { i32le, u16le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { slots } from './commands.ts'
import { connectionPath, readRoute, slotBehind, unconnectedSend } from './connection-manager.ts'
import { messageRouter } from './connections.ts'
import { readIdentityObject } from './identity.ts'
import { readPcccReply } from './pccc-responses.ts'
import { answeredOps, dataOf, deepest, path, readPath, readService } from './requests.ts'
import { opOf } from './services.ts'
import { readTagReply } from './tags.ts'
import { untypedValue } from './values.ts'

/** What a reply tells about its own connection, besides values. */
export const granted = {
  opened: false,
  toTarget: 0,
  toOriginator: 0,
  slot: slots.none as number,
  class: messageRouter as number,
}

const success = 0
/** A part of the value, and that more is to be fetched. */
const partial = 6
/** Of a Multiple Service Packet: at least one service inside was refused. */
const embeddedError = 0x1e

const identityClass = 1

/** Whether the reply from `at` to `end` says that its service was not done; a part of a value is none that failed. */
export const isFailed = (bytes: Uint8Array, at: number, end: number): boolean =>
  end >= at + 4 && bytes[at + 2] !== success && bytes[at + 2] !== partial

/** Reads the reply from `at` to `end` of the request from `asked` to `askedEnd`, which was read without fault when it passed. */
export const readReply = (
  bytes: Uint8Array,
  at: number,
  end: number,
  request: Uint8Array,
  asked: number,
  askedEnd: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  if (end < at + 4 || depth > deepest || !readPath(request, asked, askedEnd, message)) return
  const service = request[asked] ?? 0
  const op = opOf(service, path)
  const askedData = dataOf(request, asked)
  if (op === 'unconnected-send') {
    // The answer to what was inside takes the envelope's place. Only a fault on the way is of the envelope's own service.
    if (!unconnectedSend.read(request, askedData, askedEnd)) return
    const { at: inner, end: innerEnd, route, routeEnd } = unconnectedSend
    const before = message.count
    const further = readRoute(request, route, routeEnd, slot, message)
    message.count = before
    return readReply(bytes, at, end, request, inner, innerEnd, further, depth + 1, message)
  }
  if (bytes[at] !== (service | 0x80)) return
  if (isFailed(bytes, at, end)) message.refused = true
  const status = bytes[at + 2] ?? 0
  const data = at + 4 + 2 * (bytes[at + 3] ?? 0)
  if (op === 'multiple-service-packet') {
    if (status === success || status === embeddedError)
      readReplies(bytes, data, end, request, askedData, askedEnd, slot, depth, message)
    return
  }
  if ((status !== success && status !== partial) || data > end) return
  readOne(bytes, data, end, request, askedData, askedEnd, op, slot, message)
}

const readReplies = (
  bytes: Uint8Array,
  data: number,
  end: number,
  request: Uint8Array,
  askedData: number,
  askedEnd: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  const count = u16le(request, askedData)
  // A refusal may do without the single answers.
  if (data === end) return
  const answered = u16le(bytes, data)
  if (data + 2 + 2 * answered > end) message.fault = 'malformed'
  // Many clients give all their requests one context: one that was never answered makes this the answer to another.
  if (answered !== count || message.fault !== undefined) return
  for (let index = 0; index < count && message.step(); index++) {
    const last = index + 1 === count
    const at = data + u16le(bytes, data + 2 + 2 * index)
    const next = last ? end : data + u16le(bytes, data + 4 + 2 * index)
    const asked = askedData + u16le(request, askedData + 2 + 2 * index)
    const askedNext = last ? askedEnd : askedData + u16le(request, askedData + 4 + 2 * index)
    if (next > end || at > next) message.fault = 'malformed'
    if (message.fault !== undefined) return
    readReply(bytes, at, next, request, asked, askedNext, slot, depth + 1, message)
  }
}

/** A reply to one service that succeeded: its request's command again, with the values that it shows. */
const readOne = (
  bytes: Uint8Array,
  data: number,
  end: number,
  request: Uint8Array,
  askedData: number,
  askedEnd: number,
  op: string,
  slot: number,
  message: Message,
): void => {
  if (op === 'execute-pccc') return readPcccReply(bytes, data, end, request, askedData, askedEnd, slot, message)
  if (!answeredOps.has(op)) return
  const before = message.count
  const isIdentity = path.class === identityClass
  readService(request, askedData, askedEnd, op, slot, message)
  const command = message.commands[message.count - 1]
  if (command === undefined || message.fault !== undefined) return
  switch (op) {
    case 'read-tag':
      return readTagReply(bytes, data, end, message)
    case 'read-tag-fragmented':
      // Values from the middle of a tag do not begin at its first element.
      if (u16le(request, askedData + 2) === 0 && u16le(request, askedData + 4) === 0)
        readTagReply(bytes, data, end, message)
      else command.unreadable = true
      return
    case 'get-attribute-single':
      return untypedValue(command, bytes, data, end)
    case 'get-attribute-list':
      // Behind the count, each attribute: number, status, value of a length that only the device knows.
      if (u16le(request, askedData) === 1 && data + 6 <= end && u16le(bytes, data + 4) === 0)
        untypedValue(command, bytes, data + 6, end)
      else command.unreadable = true
      return
    case 'get-attributes-all':
      command.unreadable = true
      if (isIdentity) readIdentityObject(bytes, data, end, message)
      return
    default:
      // A connection is no value of the process.
      message.count = before
      if (data + 8 <= end) opened(bytes, data, slot)
  }
}

/** Forward Open: its reply names both connections. The path has just been read again from the request. */
const opened = (bytes: Uint8Array, data: number, slot: number): void => {
  granted.opened = true
  granted.toTarget = i32le(bytes, data)
  granted.toOriginator = i32le(bytes, data + 4)
  granted.slot = slotBehind(connectionPath, slot)
  granted.class = connectionPath.classes.count > 0 ? connectionPath.classes.at(0) : messageRouter
}
