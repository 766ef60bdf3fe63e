/** Answers to single requests: MODBUS Application Protocol Specification V1.1b3, section 6, and its exceptions, section 7. */
import { listU16be, u16be } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import { memoryOf } from './personality-memory.ts'
import type { ModbusProfile } from './personality-profile.ts'
import { umasOf } from './personality-umas.ts'

const illegal = { function: 1, address: 2, value: 3 } as const
/** Longest identification that one answer holds, so that a PDU stays below 253 bytes (4.1). */
const longestIdentification = 240

export type Pdu = readonly number[]
/** Gives the PDU of the answer to the one at `at` up to `end`, which is at least one byte. */
export type Answerer = (bytes: Uint8Array, at: number, end: number) => Pdu

export const answererOf = (context: TalkContext, profile: ModbusProfile): Answerer => {
  const memory = memoryOf(context, profile)
  const umas = profile.umas === undefined ? undefined : umasOf(context, profile.umas)
  const { identity, persona } = context
  /** FC 11 and 12: messages that were carried out. */
  let events = 0
  const sizes: Readonly<Record<number, number>> = {
    1: profile.coils,
    2: profile.shared ? profile.coils : profile.inputs,
    3: profile.registers,
    4: profile.shared ? profile.registers : profile.inputRegisters,
  }
  const refuse = (code: number, why: number): Pdu => [code | 0x80, why]
  /** The order of 6.x: quantity first, then the address. @returns the exception, 0: none */
  const checked = (first: number, count: number, most: number, size: number): number => {
    if (count < 1 || count > most) return illegal.value
    return first + count > size ? illegal.address : 0
  }
  const words = (first: number, count: number): Pdu =>
    Array.from({ length: count }, (_, index) => listU16be(memory.word(first + index))).flat()
  const bits = (first: number, count: number): Pdu =>
    Array.from({ length: (count + 7) >> 3 }, (_, byte) => {
      let value = 0
      for (let bit = 0; bit < 8 && 8 * byte + bit < count; bit++)
        if (memory.bit(first + 8 * byte + bit)) value |= 1 << bit
      return value
    })

  const read = (code: number, first: number, count: number): Pdu => {
    const isBits = code <= 2
    const why = checked(first, count, isBits ? 2000 : 125, sizes[code] ?? 0)
    if (why !== 0) return refuse(code, why)
    const data = isBits ? bits(first, count) : words(first, count)
    return [code, data.length, ...data]
  }
  const writeWords = (bytes: Uint8Array, from: number, first: number, count: number): void => {
    for (let index = 0; index < count; index++) memory.setWord(first + index, u16be(bytes, from + 2 * index))
  }
  const write = (code: number, bytes: Uint8Array, at: number, end: number): Pdu => {
    const first = u16be(bytes, at + 1)
    const count = u16be(bytes, at + 3)
    const single = code === 5 || code === 6
    const isBits = code === 5 || code === 15
    const length = isBits ? (count + 7) >> 3 : 2 * count
    if (!single && (bytes[at + 5] !== length || end !== at + 6 + length)) return refuse(code, illegal.value)
    if (code === 5 && count !== 0 && count !== 0xff00) return refuse(code, illegal.value)
    const size = isBits ? profile.coils : profile.registers
    const why = checked(first, single ? 1 : count, isBits ? 1968 : 123, size)
    if (why !== 0) return refuse(code, why)
    if (code === 5) memory.setBit(first, count !== 0)
    else if (code === 6) memory.setWord(first, count)
    else if (code === 16) writeWords(bytes, at + 6, first, count)
    else
      for (let index = 0; index < count; index++)
        memory.setBit(first + index, (((bytes[at + 6 + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1)
    return [code, ...listU16be(first), ...listU16be(count)]
  }
  const mask = (bytes: Uint8Array, at: number): Pdu => {
    const first = u16be(bytes, at + 1)
    if (first >= profile.registers) return refuse(22, illegal.address)
    const and = u16be(bytes, at + 3)
    memory.setWord(first, (memory.word(first) & and) | (u16be(bytes, at + 5) & ~and))
    return [...bytes.subarray(at, at + 7)]
  }
  const readWrite = (bytes: Uint8Array, at: number, end: number): Pdu => {
    const first = u16be(bytes, at + 5)
    const count = u16be(bytes, at + 7)
    if (bytes[at + 9] !== 2 * count || end !== at + 10 + 2 * count) return refuse(23, illegal.value)
    const reading = checked(u16be(bytes, at + 1), u16be(bytes, at + 3), 125, profile.registers)
    const why = reading === 0 ? checked(first, count, 121, profile.registers) : reading
    if (why !== 0) return refuse(23, why)
    writeWords(bytes, at + 10, first, count)
    return [23, ...read(3, u16be(bytes, at + 1), u16be(bytes, at + 3)).slice(1)]
  }
  const serverId = (): Pdu => {
    if (profile.server === undefined) return refuse(17, illegal.function)
    const text = Buffer.from(filled(profile.server.text, identity, persona), 'latin1').subarray(0, 200)
    return [17, 2 + text.length, profile.server.id, 0xff, ...text]
  }
  /** 6.21: a stream begins anew with object 0 where the device has no such object; a single one it lacks is an address error. */
  const identify = (bytes: Uint8Array, at: number, end: number): Pdu => {
    if (end !== at + 4) return refuse(43, illegal.value)
    if (bytes[at + 1] !== 14) return refuse(43, illegal.function)
    const kind = bytes[at + 2] ?? 0
    const object = bytes[at + 3] ?? 0
    if (kind < 1 || kind > 4) return refuse(43, illegal.value)
    const all = Object.entries(profile.identification).map(([id, text]): Pdu => [
      Number(id),
      ...Buffer.from(filled(text, identity, persona), 'latin1').subarray(0, 200),
    ])
    const level = all.some(([id = 0]) => id >= 0x80) ? 0x83 : all.some(([id = 0]) => id > 2) ? 0x82 : 0x81
    const highest = kind === 1 ? 2 : kind === 2 ? 0x7f : 0xff
    const some = all.filter(([id = 0]) => (kind === 4 ? id === object : id <= highest))
    if (kind === 4 && some.length === 0) return refuse(43, illegal.address)
    const from = Math.max(
      0,
      some.findIndex(([id]) => id === object),
    )
    const sent: Pdu[] = []
    let length = 0
    for (const one of some.slice(from)) {
      length += 1 + one.length
      if (sent.length > 0 && length > longestIdentification) break
      sent.push(one)
    }
    const next = some[from + sent.length]?.[0]
    const objects = sent.flatMap(([id = 0, ...text]) => [id, text.length, ...text])
    return [43, 14, kind, level, next === undefined ? 0 : 0xff, next ?? 0, sent.length, ...objects]
  }
  /** 6.8: the echo; counters and registers of a serial line are none that a port of Ethernet has. */
  const diagnose = (bytes: Uint8Array, at: number, end: number): Pdu => {
    if (u16be(bytes, at + 1) !== 0) return refuse(8, illegal.function)
    return end < at + 5 ? refuse(8, illegal.value) : [...bytes.subarray(at, end)]
  }
  const known = (code: number, bytes: Uint8Array, at: number, end: number): Pdu => {
    const fixed = lengths[code]
    if (fixed !== undefined && end !== at + fixed) return refuse(code, illegal.value)
    switch (code) {
      case 1:
      case 2:
      case 3:
      case 4:
        return read(code, u16be(bytes, at + 1), u16be(bytes, at + 3))
      case 5:
      case 6:
      case 15:
      case 16:
        return write(code, bytes, at, end)
      case 7:
        return [7, ...bits(0, 8)]
      case 8:
        return diagnose(bytes, at, end)
      case 11:
        return [11, 0, 0, ...listU16be(events)]
      case 12:
        return [12, 6, 0, 0, ...listU16be(events), ...listU16be(events)]
      case 17:
        return serverId()
      case 22:
        return mask(bytes, at)
      case 23:
        return readWrite(bytes, at, end)
      case 43:
        return identify(bytes, at, end)
      case 90:
        return umas === undefined ? refuse(code, illegal.function) : umas.answer(bytes, at, end)
      default:
        return refuse(code, illegal.function)
    }
  }
  return (bytes, at, end) => {
    const code = bytes[at] ?? 0
    if (code === 0 || code >= 0x80 || !profile.functions.includes(code)) return refuse(code, illegal.function)
    const answer = known(code, bytes, at, end)
    if ((answer[0] ?? 0) < 0x80 && code !== 11 && code !== 12) events = (events + 1) & 0xffff
    return answer
  }
}

/** Bytes of a PDU, where the function alone tells. */
const lengths: Readonly<Record<number, number>> = {
  1: 5,
  2: 5,
  3: 5,
  4: 5,
  5: 5,
  6: 5,
  7: 1,
  11: 1,
  12: 1,
  17: 1,
  22: 7,
}
