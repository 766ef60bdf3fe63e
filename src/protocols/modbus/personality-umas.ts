/**
 * FC 90 as a Modicon answers it, in the form of a public recording of one (ntop/nDPI, umas.pcap): key, 0xfe or 0xfd, data. A
 * reservation is given; whatever changes or shows the program is refused.
 */
import { listU16le, listU32le } from '#core/bytes.ts'
import type { TalkContext } from '#core/personality.ts'
import type { UmasProfile } from './personality-profile.ts'

const success = 0xfe
const refusal = [0xfd, 0x81, 0x80] as const
/** The key of a reservation; 0: nobody has it. */
const reserved = 0x01

export interface Umas {
  /** PDU of the answer to the PDU that stands at `at` up to `end`. */
  answer(bytes: Uint8Array, at: number, end: number): readonly number[]
}

const text = (value: string): readonly number[] => [...Buffer.from(value, 'latin1').subarray(0, 200)]

/** When the project was built: weekday, second, minute, hour, day, month, year. In the years before the seed's own day. */
const builtAt = (seed: number): readonly number[] => {
  const date = new Date(Date.UTC(2019, 0, 7) + (seed % (4 * 365)) * 86_400_000 + (seed % 36_000) * 1000)
  return [
    date.getUTCDay(),
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    7 + (date.getUTCHours() % 10),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    ...listU16le(date.getUTCFullYear()),
  ]
}

export const umasOf = ({ identity }: Pick<TalkContext, 'identity'>, profile: UmasProfile): Umas => {
  const { seed } = identity
  let owner = 0
  const checksum = listU32le(Math.imul(seed, 0x9e3779b1) >>> 0)
  const program = listU32le(Math.imul(seed ^ 0x5bd1e995, 0x85ebca6b) >>> 0)

  const identify = (): readonly number[] => {
    const name = text(profile.processor)
    const version = [...listU16le(profile.version), 0, 0, 0x27, 0, 9, 0]
    return [...profile.hardware, 0, 0, ...version, 8, 0, 0, 0, 0, 0, name.length, ...name, 1, 1, 1, 0, 0, 0, 0, 0x11, 0]
  }
  const project = (): readonly number[] => {
    const name = [...text(profile.project), 0]
    const built = builtAt(seed)
    const by = [2, 5, 0, 0, 0x98, 0x88, 1, 0, 0]
    return [...by, ...by, ...built, ...built, 8, 0, 0, 0, name.length, ...name]
  }
  const status = (): readonly number[] => {
    const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0)
    const head = [2, owner === 0 ? 0x82 : 0x8a, 0x80, 6, ...checksum, ...program, 0, 0, 0, 0, ...program, ...program]
    return [...head, 3, ...zeros(11), 1, ...zeros(19), 1, 8, 4, 0, 1, 1, 0, 0, 0xfa, 0]
  }
  const ownerAnswer = (code: number, key: number): readonly number[] => {
    if (code === 0x10) {
      owner = reserved
      return [success, owner]
    }
    if (key !== owner || owner === 0) return refusal
    if (code === 0x11) owner = 0
    return [success]
  }
  const answerTo = (code: number, key: number, data: Uint8Array): readonly number[] => {
    switch (code) {
      case 0x01:
        return [success, ...listU16le(profile.longest), 1, 4, 0, 0, 0x32, 0, 0, 0, 0, 0, 0]
      case 0x02:
        return [success, ...identify()]
      case 0x03:
        // Sub-function 0 is about the project itself; 4 and others list what it is made of.
        return (data[0] ?? 0) === 0 ? [success, ...project()] : refusal
      case 0x04:
        return [success, ...status()]
      case 0x0a:
        return [success, ...data]
      case 0x10:
      case 0x11:
      case 0x12:
        return ownerAnswer(code, key)
      default:
        return refusal
    }
  }
  return {
    answer: (bytes, at, end) => {
      const key = bytes[at + 1] ?? 0
      if (end < at + 3) return [90, key, ...refusal]
      return [90, key, ...answerTo(bytes[at + 2] ?? 0, key, bytes.subarray(at + 3, end))]
    },
  }
}
