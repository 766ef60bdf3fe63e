/** EtherNet/IP: CIP volume 2, chapter 2 (encapsulation); the CIP messages inside are read by the files beside. */
import { u16le, u32le } from '#core/bytes.ts'
import { defineCodec, type Codec, type Conversation } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import type { Pending } from '#core/pending.ts'
import { begin, slots } from './commands.ts'
import { type Connection, Connections, messageRouter } from './connections.ts'
import { commands, frame, headerLength, longestData, Packet, undividedLength } from './encapsulation.ts'
import { readListIdentity } from './identity.ts'
import { Memory } from './memory.ts'
import { enip as vocabulary } from './ops.ts'
import { readRequest, seen } from './requests.ts'
import { granted, isFailed, readReply } from './responses.ts'
import { refuse } from './refusal.ts'

class State {
  readonly connections = new Connections()
  readonly memory = new Memory()
}

/** What `message.notes` hold: the serial number of the kept request, and the service that its answer has. */
const notes = { kept: 0, reply: 1 } as const

const packet = new Packet()

/** Commands that are their own answer's, by code. */
const plain: Readonly<Record<number, string>> = {
  [commands.listServices]: 'list-services',
  [commands.listIdentity]: 'list-identity',
  [commands.listInterfaces]: 'list-interfaces',
  [commands.registerSession]: 'register-session',
  0x72: 'indicate-status',
  0x73: 'cancel',
  0xc8: 'start-dtls',
}

/** The sender context comes back as it was sent: 48 of its 64 bits, the rest folded in. */
const byContext = (bytes: Uint8Array, at: number): number =>
  u32le(bytes, at + 12) + (u16le(bytes, at + 16) ^ u16le(bytes, at + 18)) * 0x1_0000_0000

const connectedBase = 2 ** 48
/** Many clients leave every context zero: an answer to one of the other commands is none to a CIP request. */
const plainBase = 2 ** 49
/** More than there are. */
const unknownConnection = 0xffff

/** Connected messages leave the context alone: the connection, of either direction, and its sequence count. */
const byConnection = (connection: number, sequence: number): number =>
  connectedBase + (connection < 0 ? unknownConnection : connection) * 0x1_0000 + sequence

/** An outstanding request with this sequence count, on a connection whose id towards the originator is not known. */
const oneWaiting = (connections: Connections, pending: Pending, sequence: number): number => {
  for (let index = 0; pending.size > 0 && index < connections.count; index++) {
    if (connections.at(index)?.paired !== false) continue
    const transaction = byConnection(index, sequence)
    if (pending.find(transaction) !== undefined) return transaction
  }
  return byConnection(-1, sequence)
}

const parse: Codec<State>['parse'] = (bytes, at, end, fromClient, conversation, message) => {
  const command = u16le(bytes, at)
  message.role = fromClient ? 'request' : 'response'
  if (end - at < headerLength || u16le(bytes, at + 2) !== end - at - headerLength) message.fault = 'malformed'
  if (command === commands.sendRRData || command === commands.sendUnitData)
    return readPacket(bytes, at, end, fromClient, conversation, message)
  if (command === commands.nop || command === commands.unregisterSession) {
    message.role = 'one-way'
    message.begin(command === commands.nop ? 'nop' : 'unregister-session')
    return
  }
  message.transaction = plainBase + byContext(bytes, at)
  if (fromClient) {
    const op = plain[command]
    if (op === undefined) message.begin('unlisted').number('command', command)
    else message.begin(op)
    return
  }
  message.refused = isRefused(bytes, at, end)
  if (command === commands.listIdentity) readListIdentity(bytes, at, end, message)
}

/** 2-3.4: the envelope itself has a status; 0 is success. */
const isRefused = (bytes: Uint8Array, at: number, end: number): boolean =>
  end - at >= headerLength && u32le(bytes, at + 8) !== 0

const readPacket = (
  bytes: Uint8Array,
  at: number,
  end: number,
  fromClient: boolean,
  conversation: Conversation<State>,
  message: Message,
): void => {
  const { connections } = conversation.state
  const connected = u16le(bytes, at) === commands.sendUnitData
  const op = connected ? 'send-unit-data' : 'send-rr-data'
  if (!connected) message.transaction = byContext(bytes, at)
  // A server that refuses the envelope itself answers with a status and no data.
  if (!fromClient && !connected && isRefused(bytes, at, end) && end === at + headerLength) {
    message.refused = true
    return
  }
  if (message.fault !== undefined || !packet.read(bytes, at, end)) return message.malformed(op)
  const isReply = packet.at < packet.end && (bytes[packet.at] ?? 0) >= 0x80
  if (!fromClient && isReply) {
    message.refused = isRefused(bytes, at, end)
    return readAnswer(bytes, conversation, message)
  }
  // A server that asks: its commands are shown as what they are, and denied as those of the client's end.
  if (!fromClient) message.role = 'one-way'
  const index = connected && fromClient ? connections.request(packet.connectionId, packet.sequence) : -1
  const connection = connections.at(index)
  if (connection !== undefined) message.transaction = byConnection(index, packet.sequence)
  const slot = slotOf(conversation, connection)
  if (packet.at === packet.end) {
    message.begin(op)
    return
  }
  if (connection !== undefined && connection.class !== messageRouter) {
    // Data of a connection that ends at another object are that object's own.
    begin(message, 'unlisted-service', slot).number('class', connection.class)
    return
  }
  seen.reply = 0
  seen.answered = false
  readRequest(bytes, packet.at, packet.end, slot, 1, message)
  if (fromClient) keep(bytes, conversation, slot, message)
}

/** Of an unconnected request: none. Of a connected one: that of its connection. */
const slotOf = ({ whole }: Conversation<State>, connection: Connection | undefined): number => {
  if (packet.connected) return connection?.slot ?? slots.none
  return whole ? slots.none : slots.direct
}

const keep = (bytes: Uint8Array, { state }: Conversation<State>, slot: number, message: Message): void => {
  message.notes[notes.reply] = seen.reply
  if (seen.answered && message.fault === undefined)
    message.notes[notes.kept] = state.memory.keep(bytes, packet.at, packet.end, slot)
}

const readAnswer = (bytes: Uint8Array, { state, pending }: Conversation<State>, message: Message): void => {
  const { connections, memory } = state
  let router = true
  if (packet.connected) {
    const index = connections.reply(packet.connectionId, packet.sequence)
    // Which of several requests it is the answer to cannot be told: it takes one of them away, and shows nothing.
    if (index < 0) {
      message.transaction = oneWaiting(connections, pending, packet.sequence)
      return
    }
    message.transaction = byConnection(index, packet.sequence)
    router = connections.at(index)?.class === messageRouter
  }
  if (router && isFailed(bytes, packet.at, packet.end)) message.refused = true
  const kept = memory.find(pending.find(message.transaction)?.notes[notes.kept] ?? 0)
  if (kept === undefined) return
  granted.opened = false
  readReply(bytes, packet.at, packet.end, kept.bytes, 0, kept.length, kept.slot, 1, message)
  if (granted.opened) connections.opened(granted.toTarget, granted.toOriginator, granted.slot, granted.class)
  kept.serial = 0
}

/** Services from 0x64 on are reserved: whatever object it is, it answers with general status 0x08. */
const refusedService = 0x7f

/**
 * The outermost service is replaced, so that nothing inside an envelope is looked at, let alone routed on. What the encapsulation layer
 * itself refuses it may also close the connection for: that is not tried.
 */
const neutralise = (bytes: Uint8Array, at: number, end: number): boolean => {
  const command = u16le(bytes, at)
  if (command !== commands.sendRRData && command !== commands.sendUnitData) return false
  if (!packet.read(bytes, at, end) || packet.at + 2 > packet.end) return false
  bytes[packet.at] = refusedService
  return true
}

const restore: NonNullable<Codec<State>['restore']> = (bytes, at, end, _conversation, request) => {
  if (packet.read(bytes, at, end) && bytes[packet.at] === (refusedService | 0x80))
    bytes[packet.at] = request.notes[notes.reply] ?? 0
}

export const enipCodec = defineCodec<State>({
  vocabulary,
  open: () => new State(),
  frame,
  longest: headerLength + longestData,
  undivided: undividedLength,
  parse,
  refuse: (bytes, at, end, { state }, why, out) => refuse(bytes, at, end, state.connections, why, out),
  abandonable: false,
  neutralise,
  restore,
})
