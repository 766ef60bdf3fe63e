/** What a CIP request asks for: volume 1, 2-4 (message router) and appendix A; Rockwell Automation publication 1756-PM020 (tags). */
import { u16le } from '#core/bytes.ts'
import type { Message } from '#core/message.ts'
import { begin, beginAttribute, beginObject, faulty, slots, unlisted } from './commands.ts'
import { readForwardClose, readForwardOpen, readRoute, unconnectedSend } from './connection-manager.ts'
import { Path } from './path.ts'
import { readPccc } from './pccc-requests.ts'
import { opOf } from './services.ts'
import { isTagOp, readTagRequest } from './tags.ts'
import { untypedValue } from './values.ts'

/** Services whose answers are read. Which PCCC commands they are is not looked at. */
export const answeredOps: ReadonlySet<string> = new Set([
  'read-tag',
  'read-tag-fragmented',
  'get-attribute-single',
  'get-attribute-list',
  'get-attributes-all',
  'forward-open',
  'large-forward-open',
  'execute-pccc',
])

/** Multiple Service Packets and Unconnected Sends within each other at most. */
export const deepest = 4

/** The path of the request at hand; the one inside an envelope replaces its envelope's, which is not needed any more. */
export const path = new Path()

/** What has been found out about the request at hand, besides its commands. */
export const seen = {
  /** Service code of its answer: that of the request inside any Unconnected Sends; 0 when none was reached. */
  reply: 0,
  /** Its answer has something to be read with its help. */
  answered: false,
}

/** Where the data of the service at `at` begin: behind the path. */
export const dataOf = (bytes: Uint8Array, at: number): number => at + 2 + 2 * (bytes[at + 1] ?? 0)

/** Reads `path` of the request at `at`. @returns false when it does not fit or is none of a request */
export const readPath = (bytes: Uint8Array, at: number, end: number, message: Message): boolean => {
  const data = dataOf(bytes, at)
  if (end < at + 2 || data > end) return false
  // A route belongs into an Unconnected Send, network and data segments into a Forward Open.
  return path.read(bytes, at + 2, data, message) && path.hops === 0 && !path.connecting
}

/** Reads the request from `at` (its service code) to `end`; `slot` is where a route has led so far. */
export const readRequest = (
  bytes: Uint8Array,
  at: number,
  end: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  const service = bytes[at] ?? 0
  if (depth > deepest) message.fault = 'too-deep'
  else if (!readPath(bytes, at, end, message) || service >= 0x80) message.fault ??= 'malformed'
  if (message.fault !== undefined) {
    begin(message, 'unlisted-service', slot).number('service-code', service & 0x7f)
    return
  }
  const op = opOf(service, path)
  const data = dataOf(bytes, at)
  if (seen.reply === 0 && op !== 'unconnected-send') seen.reply = service | 0x80
  if (answeredOps.has(op)) seen.answered = true
  if (op === 'multiple-service-packet') readPacket(bytes, data, end, slot, depth, message)
  else if (op === 'unconnected-send') readUnconnectedSend(bytes, data, end, slot, depth, message)
  else if (op === 'unlisted-service') unlisted(message, service, path, slot)
  else readService(bytes, data, end, op, slot, message)
}

/** One service that is no envelope; `path` has been read. */
export const readService = (
  bytes: Uint8Array,
  data: number,
  end: number,
  op: string,
  slot: number,
  message: Message,
): void => {
  if (isTagOp(op)) return readTagRequest(bytes, data, end, op, path, slot, message)
  switch (op) {
    case 'get-attribute-single':
      beginAttribute(message, op, path, slot)
      if (data !== end) message.fault = 'malformed'
      return
    case 'set-attribute-single':
      return untypedValue(beginAttribute(message, op, path, slot), bytes, data, end)
    case 'get-attribute-list':
    case 'set-attribute-list':
      return attributeList(bytes, data, end, op, slot, message)
    case 'get-member':
    case 'set-member':
    case 'insert-member':
    case 'remove-member':
      beginAttribute(message, op, path, slot)
      return
    case 'reset':
      beginObject(message, op, path, slot).number('reset-type', data < end ? (bytes[data] ?? 0) : 0)
      return
    case 'forward-open':
    case 'large-forward-open':
      return readForwardOpen(bytes, data, end, op, slot, message)
    case 'forward-close':
      return readForwardClose(bytes, data, end, slot, message)
    case 'get-connection-data':
    case 'search-connection-data':
    case 'get-connection-owner':
    case 'get-instance-attribute-list':
    case 'read-template':
      begin(message, op, slot)
      return
    case 'execute-pccc':
      return readPccc(bytes, data, end, slot, message)
    default:
      beginObject(message, op, path, slot)
  }
}

/**
 * Get Attribute List names its attributes. Set Attribute List has a value of unknown length behind each name: only the first name can
 * be found, so with more of them the command has no attribute, and no rule about attributes allows it.
 */
const attributeList = (
  bytes: Uint8Array,
  data: number,
  end: number,
  op: string,
  slot: number,
  message: Message,
): void => {
  const count = u16le(bytes, data)
  const command = beginObject(message, op, path, slot)
  if (op === 'get-attribute-list') {
    if (data + 2 + 2 * count !== end) message.fault = 'malformed'
    for (let index = 0; index < count && message.fault === undefined && message.step(); index++)
      command.number('attribute', u16le(bytes, data + 2 + 2 * index))
    return
  }
  command.unreadable = true
  if (data + 2 + 2 * count > end) message.fault = 'malformed'
  else if (count === 1) command.number('attribute', u16le(bytes, data + 2))
}

/**
 * Multiple Service Packet, A-4.10: count, offsets from the count on, requests. They must follow each other as their offsets say; a
 * device would follow an offset to anywhere.
 */
const readPacket = (
  bytes: Uint8Array,
  data: number,
  end: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  const count = u16le(bytes, data)
  let part = data + 2 + 2 * count
  if (count === 0 || part >= end || u16le(bytes, data + 2) !== 2 + 2 * count) message.fault = 'malformed'
  for (let index = 0; index < count && message.fault === undefined && message.step(); index++) {
    const next = index + 1 < count ? data + u16le(bytes, data + 4 + 2 * index) : end
    if (next <= part || next > end) message.fault = 'malformed'
    else readRequest(bytes, part, next, slot, depth + 1, message)
    part = next
  }
  if (message.count === 0) begin(message, 'multiple-service-packet', slots.none)
}

const readUnconnectedSend = (
  bytes: Uint8Array,
  data: number,
  end: number,
  slot: number,
  depth: number,
  message: Message,
): void => {
  if (!unconnectedSend.read(bytes, data, end)) return faulty(message, 'unconnected-send', slot)
  const { at, end: stop, route, routeEnd } = unconnectedSend
  const further = readRoute(bytes, route, routeEnd, slot, message)
  readRequest(bytes, at, stop, further, depth + 1, message)
}
