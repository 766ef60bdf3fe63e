/** A SIMATIC controller at port 102: it tells who it is and shows its process, and gives away and runs nothing of its program. */
import { putU16be, u16be } from '#core/bytes.ts'
import {
  definePersonality,
  farewell,
  silence,
  type Answer,
  type Attempt,
  type Talk,
  type TalkContext,
} from '#core/personality.ts'
import { inUnits } from '../units.ts'
import { cotp, refuseConnection, tpkt } from './cotp.ts'
import { code } from './jobs.ts'
import { kinds, protocol, shortHeader } from './messages.ts'
import { acceptConnection } from './personality-connection.ts'
import { memoryOf } from './personality-memory.ts'
import type { S7Profile } from './personality-profile.ts'
import { dataHeader, dataUnits, fault, jobReply } from './personality-replies.ts'
import { userdataOf } from './personality-userdata.ts'
import { readVariablesOf, writeVariablesOf, type JobOutcome } from './personality-variables.ts'
import { s7commCodec } from './s7comm.ts'
import { Assembly } from './state.ts'

/** Bytes of the longest unit and of the longest message of several that are taken. */
const longestUnit = 2048
/** Bytes that an answer with variables has besides its data: header, function and number of items. */
const resultOverhead = 14
const smallestPdu = 112
/** ISO 8073, 13.5.3: the called address is not known; ended as a matter of course. */
const reason = { unknown: 3, normal: 0x80 } as const

const nothing = new Uint8Array(0)
const disconnect = (unit: Uint8Array, why: number): Uint8Array => {
  const out = new Uint8Array(11)
  return out.subarray(0, refuseConnection(unit, tpkt, why, out))
}
/** For ends of a connection: whose reference the disconnect request names. */
const disconnectOf = (reference: number): Uint8Array => {
  const out = Uint8Array.of(3, 0, 0, 11, 6, cotp.disconnect, 0, 0, 0, 0, reason.normal)
  putU16be(out, 6, reference)
  return out
}

interface Outcome {
  readonly reply?: Uint8Array
  readonly notes: readonly string[]
  readonly attempts?: readonly Attempt[]
  /** It is no message, or one that this controller ends the connection for. */
  readonly ends?: true
}
const ends: Outcome = { notes: [], ends: true }

const transfers: Readonly<Record<number, string>> = {
  0x1a: 'request-download',
  0x1b: 'download',
  0x1c: 'download-ended',
  0x1d: 'start-upload',
  0x1e: 'upload',
  0x1f: 'end-upload',
}

/** One conversation, message by message. */
const controllerOf = (context: TalkContext, profile: S7Profile): ((message: Uint8Array) => Outcome) => {
  let pdu = 0
  const memory = memoryOf(profile, context.process, context.now)
  const userdata = userdataOf(context, profile)

  const setup = (bytes: Uint8Array, at: number, stop: number): JobOutcome => {
    const parameters = bytes.slice(at, at + 8)
    if (stop - at !== 8) return { error: fault.size, parameters: bytes.slice(at, at + 1), data: nothing, notes: [] }
    pdu = Math.max(smallestPdu, Math.min(profile.pdu, u16be(bytes, at + 6)))
    for (const place of [2, 4])
      putU16be(parameters, place, Math.max(1, Math.min(profile.parallel, u16be(parameters, place))))
    putU16be(parameters, 6, pdu)
    return { error: fault.none, parameters, data: nothing, notes: ['setup communication'] }
  }

  const job = (bytes: Uint8Array, at: number, stop: number, end: number): JobOutcome => {
    const called = bytes[at] ?? 0
    if (called === code.setup) return setup(bytes, at, stop)
    if (called === code.read) return readVariablesOf(bytes, at, stop, memory, pdu - resultOverhead)
    if (called === code.write) return writeVariablesOf(bytes, at, stop, end, memory)
    const transfer = transfers[called]
    if (transfer !== undefined)
      return { error: fault.protection, parameters: nothing, data: nothing, notes: [transfer] }
    const note = called === code.stop ? 'plc-stop' : called === code.invoke ? 'pi-service' : `function ${called}`
    return { error: fault.context, parameters: Uint8Array.of(called), data: nothing, notes: [note] }
  }

  return (bytes) => {
    // Controllers of these generations speak S7comm-plus with whoever proves to know more than we do; others they leave.
    if (bytes[0] === protocol.plus) return { notes: ['s7comm-plus'], ends: true }
    if (bytes[0] !== protocol.s7 || bytes.length <= shortHeader) return ends
    const at = shortHeader
    const stop = at + u16be(bytes, 6)
    const end = stop + u16be(bytes, 8)
    const isSetup = bytes[1] === kinds.job && bytes[at] === code.setup
    if (end !== bytes.length || stop === at || (pdu === 0 && !isSetup)) return ends
    if (bytes[1] === kinds.userdata) return userdata(bytes, at, stop, end, pdu)
    if (bytes[1] !== kinds.job) return { notes: [] }
    const { error, parameters, data, notes } = job(bytes, at, stop, end)
    return { reply: jobReply(u16be(bytes, 4), error, parameters, data), notes }
  }
}

const open = (context: TalkContext, profile: S7Profile): Talk => {
  const assembly = new Assembly()
  let connected = false
  let reference = 0
  let tpduSize = 0
  let take: ((message: Uint8Array) => Outcome) | undefined

  const connect = (unit: Uint8Array): Answer => {
    const accepted = connected ? undefined : acceptConnection(unit, profile, context.identity.seed)
    if (accepted === undefined)
      return { send: [disconnect(unit, reason.unknown)], exchanges: 1, notes: ['connect refused'], close: true }
    connected = true
    reference = u16be(unit, tpkt + 4)
    tpduSize = accepted.tpduSize
    take = controllerOf(context, profile)
    return { send: [accepted.confirm], exchanges: 1, notes: [`connect ${accepted.called}`] }
  }

  const data = (unit: Uint8Array): Answer => {
    if (!connected || take === undefined || unit[4] !== 2) return farewell
    assembly.add(unit, dataHeader, unit.length, longestUnit)
    if (assembly.broken) return farewell
    if (((unit[dataHeader - 1] ?? 0) & 0x80) === 0 || assembly.length === 0) return silence
    const message = assembly.bytes.slice(0, assembly.length)
    assembly.clear()
    const { reply, notes, attempts, ends: isOver } = take(message)
    const send = reply === undefined ? [] : dataUnits(reply, tpduSize)
    return {
      send: isOver ? [...send, disconnectOf(reference)] : send,
      exchanges: 1,
      notes,
      ...(attempts !== undefined && { attempts }),
      ...(isOver && { close: true }),
    }
  }

  return {
    take: inUnits({
      longest: longestUnit,
      frame: (rest) => s7commCodec.frame(rest, 0, rest.length, 'tcp'),
      answer: (unit) => {
        const kind = (unit[tpkt + 1] ?? 0) & 0xf0
        if (kind === cotp.connect) return connect(unit)
        return kind === cotp.data ? data(unit) : farewell
      },
    }),
  }
}

export const s7commPersonality = definePersonality<S7Profile>({ service: 's7comm', transports: ['tcp'], open })
