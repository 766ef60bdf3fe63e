/** What a decoy says over EtherNet/IP: encapsulation, CIP volume 2, 2-3 and 2-4. */
import { u16le, u32le } from '#core/bytes.ts'
import { definePersonality, silence, type Answer, type Talk, type TalkContext } from '#core/personality.ts'
import type { Transport } from '#core/protocol.ts'
import { filled } from '../placeholders.ts'
import { commands, frame, headerLength, items, Packet } from './encapsulation.ts'
import { ascii, mixed, u16, u32, type Bytes } from './personality-bytes.ts'
import { identityBytes } from './personality-objects.ts'
import type { EnipProfile } from './personality-profile.ts'
import { routerOf, unconnectedRoom } from './personality-router.ts'

/** A unit that is longer than a connection's largest message ends the conversation. */
const longest = 4200
/** Units answered of what came at once. */
const mostAtOnce = 256
/** Table 2-3.3. */
const statuses = { good: 0, command: 1, data: 3, session: 0x64, length: 0x65, revision: 0x69 } as const
const port = 44_818

const packet = new Packet()

/** One unit's answer; undefined: none. */
type Reply = { readonly data: Bytes; readonly status?: number; readonly session?: number } | 'close' | undefined

/** 2-4.2: the socket address is big-endian, all behind it little-endian. */
const identityItem = ({ identity, persona }: TalkContext, { device }: EnipProfile): Bytes => {
  const socket = [0, 2, port >>> 8, port & 0xff, ...identity.address.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0]
  const own = identityBytes(device, identity.serialNumber, filled(device.name, identity, persona))
  const item = [...u16(1), ...socket, ...own, device.state]
  return [...u16(1), ...u16(items.identity), ...u16(item.length), ...item]
}
/** 2-4.6: CIP over TCP, and cyclic data over UDP. */
const servicesItem: Bytes = [
  ...u16(1),
  ...u16(0x0100),
  ...u16(20),
  ...u16(1),
  ...u16(0x0120),
  ...ascii('Communications'),
  0,
  0,
]

const joined = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  if (left.length === 0) return right
  const both = new Uint8Array(left.length + right.length)
  both.set(left)
  both.set(right, left.length)
  return both
}

const open = (context: TalkContext, profile: EnipProfile, transport: Transport): Talk => {
  const router = routerOf(context, profile)
  let session = 0
  let rest: Uint8Array = new Uint8Array()
  let closed = false

  const register = (bytes: Uint8Array, at: number, end: number): Reply => {
    if (end !== at + headerLength + 4) return { data: [], status: statuses.length }
    const version = [...bytes.subarray(at + headerLength, end)]
    if (u16le(bytes, at + headerLength) !== 1) return { data: [1, 0, 0, 0], status: statuses.revision }
    session = mixed(context.identity.seed, context.now() >>> 0) | 1
    return { data: version, session: session >>> 0 }
  }
  const message = (bytes: Uint8Array, at: number, end: number): Reply => {
    if (session === 0 || u32le(bytes, at + 4) !== session >>> 0) return { data: [], status: statuses.session }
    if (!packet.read(bytes, at, end)) return { data: [], status: statuses.data }
    const { connected, connectionId, sequence, at: from, end: to } = packet
    const head = [...u32(0), ...u16(0), ...u16(2)]
    if (!connected) {
      const reply = router.answer(bytes, from, to, router.port, unconnectedRoom)
      return { data: [...head, 0, 0, 0, 0, ...u16(items.unconnectedData), ...u16(reply.length), ...reply] }
    }
    // Nobody listens on a connection that is not open.
    const connection = router.connections.find(connectionId >>> 0)
    if (connection === undefined) return undefined
    const reply = router.answer(bytes, from, to, connection.target, connection.room - 2)
    const address = [...u16(items.connectedAddress), ...u16(4), ...u32(connection.toOriginator)]
    const data = [...u16(items.connectedData), ...u16(reply.length + 2), ...u16(sequence), ...reply]
    return { data: [...head, ...address, ...data] }
  }
  const reply = (bytes: Uint8Array, at: number, end: number): Reply => {
    const command = u16le(bytes, at)
    // 2-3.7: what has a status or options is discarded.
    if (u32le(bytes, at + 8) !== 0) return undefined
    switch (command) {
      case commands.nop:
        return undefined
      case commands.listIdentity:
        return { data: identityItem(context, profile) }
      case commands.listServices:
        return { data: servicesItem }
      case commands.listInterfaces:
        return { data: u16(0) }
      case commands.registerSession:
        return transport === 'tcp' ? register(bytes, at, end) : undefined
      case commands.unregisterSession:
        return transport === 'tcp' ? 'close' : undefined
      case commands.sendRRData:
      case commands.sendUnitData:
        return transport === 'tcp' ? message(bytes, at, end) : undefined
      default:
        return { data: [], status: statuses.command }
    }
  }
  const unit = (bytes: Uint8Array, at: number, answer: Exclude<Reply, 'close' | undefined>): Uint8Array => {
    const head = [...bytes.subarray(at, at + 2), ...u16(answer.data.length)]
    const number = answer.session === undefined ? [...bytes.subarray(at + 4, at + 8)] : u32(answer.session)
    const sender = bytes.subarray(at + 12, at + 20)
    return Uint8Array.of(...head, ...number, ...u32(answer.status ?? 0), ...sender, ...u32(0), ...answer.data)
  }
  const noteOf = (bytes: Uint8Array, at: number): string =>
    named[u16le(bytes, at)] ?? `command 0x${u16le(bytes, at).toString(16)}`

  return {
    take: (bytes): Answer => {
      if (closed) return silence
      const all = joined(rest, bytes)
      const send: Uint8Array[] = []
      const notes: string[] = []
      let exchanges = 0
      let at = 0
      while (at < all.length) {
        const length = frame(all, at, all.length)
        if (length < 0 || length > longest || exchanges === mostAtOnce) closed = true
        if (closed || length === 0 || at + length > all.length) break
        const answer = reply(all, at, at + length)
        const told = router.notes()
        notes.push(...(told.length > 0 ? told : [noteOf(all, at)]))
        exchanges++
        if (answer === 'close') closed = true
        else if (answer !== undefined) send.push(unit(all, at, answer))
        if (closed) break
        at += length
        // The rest of a datagram is none of a unit.
        if (transport === 'udp') break
      }
      rest = closed || transport === 'udp' ? new Uint8Array() : all.slice(at)
      return {
        send,
        exchanges,
        ...(notes.length > 0 && { notes: notes.slice(0, 16) }),
        ...(closed && transport === 'tcp' && { close: true }),
      }
    },
  }
}
const named: Readonly<Record<number, string>> = {
  [commands.nop]: 'NOP',
  [commands.listIdentity]: 'ListIdentity',
  [commands.listServices]: 'ListServices',
  [commands.listInterfaces]: 'ListInterfaces',
  [commands.registerSession]: 'RegisterSession',
  [commands.unregisterSession]: 'UnRegisterSession',
  [commands.sendRRData]: 'SendRRData',
  [commands.sendUnitData]: 'SendUnitData',
}

export const enipPersonality = definePersonality<EnipProfile>({ service: 'enip', transports: ['tcp', 'udp'], open })
