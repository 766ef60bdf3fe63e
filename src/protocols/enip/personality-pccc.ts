/** Execute PCCC, as MicroLogix and SLC 500 answer it: Rockwell Automation publication 1770-6.5.16, chapters 7 and 8. */
import { u16le } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import { Address } from './pccc-address.ts'
import { fileTypes } from './pccc-codes.ts'
import { commandOf } from './pccc-requests.ts'
import { ascii, float, isMoving, mixed, u16, u32, valueOf, type Bytes } from './personality-bytes.ts'
import type { FileProfile, PcccProfile } from './personality-profile.ts'

/** Chapter 8: illegal command, addressing problem, disallowed by protection. */
const status = { good: 0x00, illegal: 0x10, address: 0x50, protected: 0x60 } as const
/** Functions of command 0x0f that change the program, the mode or the processor's memory. */
const protectedFunctions: ReadonlySet<number> = new Set([
  0x05, 0x06, 0x08, 0x09, 0x11, 0x12, 0x17, 0x18, 0x3a, 0x41, 0x50, 0x52, 0x53, 0x55, 0x57, 0x80, 0x81, 0x82, 0x88,
  0xa7, 0xaf,
])
/** Bytes of one typed read or write. */
const longest = 236
const remembered = 512

export interface Pccc {
  /** Data of the CIP reply to the request's data; undefined when they are none of PCCC. */
  answer(data: Uint8Array): Bytes | undefined
}

interface Outcome {
  readonly status: number
  readonly data?: Bytes
}

const address = new Address()

export const pcccOf = ({ identity, process, now }: TalkContext, profile: PcccProfile): Pccc => {
  const written = new Map<string, number>()

  /** Word `word` of an element. */
  const wordOf = (file: FileProfile, element: number, word: number): Bytes => {
    const source = file.values.find(({ at }) => at === element)?.source
    const key = `${file.number}:${element}.${word}`
    const own = written.get(key)
    if (own !== undefined) return u16(own)
    const value = source === undefined ? 0 : valueOf(source, 0, process, now())
    const as = fileTypes[file.type]?.as
    if (as === 'float') return float(value).slice(2 * word, 2 * word + 2)
    if (as === 'long') return u32(Math.round(value)).slice(2 * word, 2 * word + 2)
    return u16(word === 0 ? Math.round(value) : 0)
  }
  const remember = (key: string, value: number): void => {
    written.delete(key)
    written.set(key, value)
    const [oldest] = written.keys()
    if (written.size > remembered && oldest !== undefined) written.delete(oldest)
  }

  /** Size, file, type, element and, with four fields, sub-element; then what is written, perhaps under a mask. */
  const logical = (data: Uint8Array, at: number, fields: 3 | 4, write: boolean, masked: boolean): Outcome => {
    const size = data[at] ?? 0
    if (!address.logical(data, at + 1, data.length, fields)) return { status: status.illegal }
    const { end, element, subelement } = address
    const number = fileNumber(data, at + 1)
    const typeAt = at + 1 + (data[at + 1] === 0xff ? 3 : 1)
    const file = profile.files.find((one) => one.number === number && one.type === data[typeAt])
    if (address.type === undefined) return { status: status.protected }
    if (file === undefined) return { status: status.address }
    const perElement = address.type.size
    const from = element * perElement + subelement * 2
    if (size === 0 || size > longest || size % 2 !== 0) return { status: status.illegal }
    if (from + size > file.size * perElement) return { status: status.address }
    const from16 = from / 2
    const words = Array.from({ length: size / 2 }, (_, index): readonly [number, number] => {
      const word = from16 + index
      return [Math.floor((2 * word) / perElement), word % (perElement / 2)]
    })
    if (!write) return { status: status.good, data: words.flatMap(([one, word]) => wordOf(file, one, word)) }
    const head = end + (masked ? 2 : 0)
    if (data.length !== head + size) return { status: status.illegal }
    const mask = masked ? u16le(data, end) : 0xffff
    for (const [index, [one, word]] of words.entries()) {
      const source = file.values.find(({ at: place }) => place === one)?.source
      if (source !== undefined && isMoving(source)) continue
      const [low = 0, high = 0] = wordOf(file, one, word)
      const old = low | (high << 8)
      remember(`${file.number}:${one}.${word}`, (old & ~mask) | (u16le(data, head + 2 * index) & mask))
    }
    return { status: status.good }
  }

  /** As a recording of a MicroLogix 1400 has it (ITI/ICS-Security-Tools, cip_only.pcap); the mode is remote run. */
  const diagnostic = (): Bytes => [
    0x00,
    0xee,
    0x4a,
    profile.processor,
    profile.series,
    ...ascii(profile.catalog.padEnd(11).slice(0, 11)),
    ...u16(0),
    ...u16(0x26),
    ...u16(mixed(identity.seed, 0x50) | 1),
    ...u16(0xfc9e),
    0x01,
  ]

  const outcomeOf = (command: number, data: Uint8Array, at: number): Outcome => {
    const code = data[at]
    if (command === 0x06 && code === 0x00) return { status: status.good, data: [...data.subarray(at + 1)] }
    if (command === 0x06 && code === 0x03) return { status: status.good, data: diagnostic() }
    if (command !== 0x0f || code === undefined) return { status: status.illegal }
    switch (code) {
      case 0xa1:
      case 0xa2:
        return logical(data, at + 1, code === 0xa1 ? 3 : 4, false, false)
      case 0xa9:
      case 0xaa:
        return logical(data, at + 1, code === 0xa9 ? 3 : 4, true, false)
      case 0xab:
        return logical(data, at + 1, 4, true, true)
      default:
        return { status: protectedFunctions.has(code) ? status.protected : status.illegal }
    }
  }
  return {
    answer: (data) => {
      const at = commandOf(data, 0)
      if (at === 0 || at + 4 > data.length) return undefined
      const command = data[at] ?? 0
      const head = [...data.subarray(0, at), (command & 0x0f) | 0x40]
      const { status: result, data: content = [] } = outcomeOf(command & 0x0f, data, at + 4)
      return [...head, result, ...data.subarray(at + 2, at + 4), ...content]
    },
  }
}

const fileNumber = (data: Uint8Array, at: number): number => (data[at] === 0xff ? u16le(data, at + 1) : (data[at] ?? 0))
