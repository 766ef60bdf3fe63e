/** What a decoy says over EtherNet/IP: encapsulation, CIP volume 2, 2-3 and 2-4. */
import { u16le, u32le } from '#core/bytes.ts'
import { definePersonality, silence, type Answer, type Talk, type TalkContext } from '#core/personality.ts'
import type { Transport } from '#core/protocol.ts'
import { filled } from '../placeholders.ts'
import { inUnits } from '../units.ts'
import { commands, frame, headerLength, items, Packet } from './encapsulation.ts'
import { ascii, mixed, u16, u32, type Bytes } from './personality-bytes.ts'
import { identityBytes } from './personality-objects.ts'
import type { EnipProfile } from './personality-profile.ts'
import { routerOf, unconnectedRoom } from './personality-router.ts'

/** A unit that is longer than a connection's largest message ends the conversation. */
const longest = 4200
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

const open = (context: TalkContext, profile: EnipProfile, transport: Transport): Talk => {
  const router = routerOf(context, profile)
  let session = 0

  const register = (bytes: Uint8Array): Reply => {
    if (bytes.length !== headerLength + 4) return { data: [], status: statuses.length }
    const version = [...bytes.subarray(headerLength)]
    if (u16le(bytes, headerLength) !== 1) return { data: [1, 0, 0, 0], status: statuses.revision }
    session = mixed(context.identity.seed, context.now() >>> 0) | 1
    return { data: version, session: session >>> 0 }
  }
  const message = (bytes: Uint8Array): Reply => {
    if (session === 0 || u32le(bytes, 4) !== session >>> 0) return { data: [], status: statuses.session }
    if (!packet.read(bytes, 0, bytes.length)) return { data: [], status: statuses.data }
    const { connected, connectionId, sequence, at, end } = packet
    const head = [...u32(0), ...u16(0), ...u16(2)]
    if (!connected) {
      const reply = router.answer(bytes, at, end, router.port, unconnectedRoom)
      return { data: [...head, 0, 0, 0, 0, ...u16(items.unconnectedData), ...u16(reply.length), ...reply] }
    }
    // Nobody listens on a connection that is not open.
    const connection = router.connections.find(connectionId >>> 0)
    if (connection === undefined) return undefined
    const reply = router.answer(bytes, at, end, connection.target, connection.room - 2)
    const address = [...u16(items.connectedAddress), ...u16(4), ...u32(connection.toOriginator)]
    const data = [...u16(items.connectedData), ...u16(reply.length + 2), ...u16(sequence), ...reply]
    return { data: [...head, ...address, ...data] }
  }
  const reply = (bytes: Uint8Array): Reply => {
    const command = u16le(bytes, 0)
    // 2-3.7: what has a status or options is discarded.
    if (u32le(bytes, 8) !== 0) return undefined
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
        return transport === 'tcp' ? register(bytes) : undefined
      case commands.unregisterSession:
        return transport === 'tcp' ? 'close' : undefined
      case commands.sendRRData:
      case commands.sendUnitData:
        return transport === 'tcp' ? message(bytes) : undefined
      default:
        return { data: [], status: statuses.command }
    }
  }
  const unit = (bytes: Uint8Array, answer: Exclude<Reply, 'close' | undefined>): Uint8Array => {
    const head = [...bytes.subarray(0, 2), ...u16(answer.data.length)]
    const number = answer.session === undefined ? [...bytes.subarray(4, 8)] : u32(answer.session)
    const sender = bytes.subarray(12, 20)
    return Uint8Array.of(...head, ...number, ...u32(answer.status ?? 0), ...sender, ...u32(0), ...answer.data)
  }
  const noteOf = (bytes: Uint8Array): string => named[u16le(bytes, 0)] ?? `command 0x${u16le(bytes, 0).toString(16)}`
  const answered = (bytes: Uint8Array): Answer => {
    const answer = reply(bytes)
    const told = router.notes()
    return {
      send: answer === undefined || answer === 'close' ? [] : [unit(bytes, answer)],
      exchanges: 1,
      notes: told.length > 0 ? told : [noteOf(bytes)],
      ...(answer === 'close' && { close: true }),
    }
  }
  const lengthOf = (bytes: Uint8Array): number => frame(bytes, 0, bytes.length)
  if (transport === 'tcp') return { take: inUnits({ longest, frame: lengthOf, answer: answered }) }
  return {
    take: (datagram) => {
      const length = lengthOf(datagram)
      // The rest of a datagram is none of a unit.
      const isUnit = length > 0 && length <= Math.min(longest, datagram.length)
      return isUnit ? answered(datagram.subarray(0, length)) : silence
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
