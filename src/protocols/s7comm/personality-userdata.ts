/** Userdata services of a controller: status lists, blocks, the clock and its password. */
import { u16be } from '#core/bytes.ts'
import type { Attempt, TalkContext } from '#core/personality.ts'
import type { S7Profile } from './personality-profile.ts'
import { fault, userdataOverhead, userdataReply } from './personality-replies.ts'
import { blockCounts, blocksOf, statusList } from './personality-szl.ts'
import { askedOp, group } from './userdata-codes.ts'

export interface UserdataOutcome {
  /** Absent: such a message is not answered. */
  readonly reply?: Uint8Array
  readonly notes: readonly string[]
  readonly attempts?: readonly Attempt[]
}

const bcd = (value: number): number => ((Math.floor(value / 10) % 10) << 4) | (value % 10)

/** Clocks of plants are some seconds off. */
const drift = (seed: number): number => ((seed % 181) - 90) * 1000

/** A reserved byte, the century, and DATE_AND_TIME (eight bytes, BCD; the last half byte is the weekday, Sunday 1). */
const clock = (at: number): Uint8Array => {
  const time = new Date(at)
  const year = time.getUTCFullYear()
  const milliseconds = time.getUTCMilliseconds()
  return Uint8Array.of(
    0,
    bcd(Math.floor(year / 100)),
    bcd(year % 100),
    bcd(time.getUTCMonth() + 1),
    bcd(time.getUTCDate()),
    bcd(time.getUTCHours()),
    bcd(time.getUTCMinutes()),
    bcd(time.getUTCSeconds()),
    bcd(Math.floor(milliseconds / 10)),
    ((milliseconds % 10) << 4) | (time.getUTCDay() + 1),
  )
}

/** Eight characters, each combined with 0x55 and with the one two places before it. */
const passwordOf = (bytes: Uint8Array, at: number, end: number): string => {
  let text = ''
  for (let index = 0; index < 8 && at + index < end; index++) {
    const before = index < 2 ? 0 : (bytes[at + index - 2] ?? 0)
    text += String.fromCharCode((bytes[at + index] ?? 0) ^ 0x55 ^ before)
  }
  return text.trimEnd()
}

const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`

/** The data that answers, or the error. */
const answer = (
  code: number,
  sub: number,
  bytes: Uint8Array,
  at: number,
  end: number,
  { identity, now }: TalkContext,
  profile: S7Profile,
): readonly [answer: Uint8Array | number, note: string] => {
  const op = askedOp(code, sub)
  if (op === 'read-szl') {
    if (end - at < 4) return [fault.size, op]
    const list = u16be(bytes, at)
    return [statusList(list, u16be(bytes, at + 2), { identity, profile }), `read SZL ${hex(list)}`]
  }
  if (op === 'list-blocks') return [blockCounts(profile), op]
  if (op === 'list-blocks-of-type')
    return [end - at === 2 ? (blocksOf(profile, bytes[at + 1] ?? 0) ?? fault.missingBlock) : fault.size, op]
  if (op === 'read-clock') return [clock(now() + drift(identity.seed)), op]
  if (op === 'plc-password') return [fault.password, op]
  // What would show or change the program, force or reset needs a password nobody has.
  const isProtected = code === group.programmer || op === 'get-block-info' || op === 'set-clock'
  return [isProtected ? fault.protection : fault.context, op]
}

/**
 * Userdata from `at` (its parameters) to `stop`, data to `end`.
 * @returns takes requests of one conversation: an answer that is longer than a message is asked for in parts
 */
export const userdataOf = (context: TalkContext, profile: S7Profile) => {
  let rest = new Uint8Array(0)
  let restOf = -1
  let sequence = 0

  return (bytes: Uint8Array, at: number, stop: number, end: number, pdu: number): UserdataOutcome => {
    const length = bytes[at + 3] ?? 0
    const type = bytes[at + 5] ?? 0
    if (u16be(bytes, at) !== 1 || bytes[at + 2] !== 0x12 || stop - at !== 4 + length || length < 4) return { notes: [] }
    if (type >> 4 !== 4) return { notes: [] }
    const code = type & 15
    const sub = bytes[at + 6] ?? 0
    const asked = bytes[at + 7] ?? 0
    const reference = u16be(bytes, at - 6)
    const replied = (found: Uint8Array | number, note: string, attempts?: readonly Attempt[]): UserdataOutcome => {
      sequence = (sequence % 255) + 1
      const room = pdu - userdataOverhead
      const data = typeof found === 'number' ? undefined : found.subarray(0, room)
      const more = typeof found !== 'number' && found.length > room
      rest = more ? found.slice(room) : new Uint8Array(0)
      const unit = more || (length >= 8 && asked !== 0) ? 1 : 0
      restOf = more ? sequence : -1
      const reply = userdataReply(reference, {
        group: code,
        sub,
        sequence,
        unit,
        more,
        error: typeof found === 'number' ? found : fault.none,
        ...(data === undefined ? {} : { data }),
      })
      return { reply, notes: [note], ...(attempts === undefined ? {} : { attempts }) }
    }
    const from = Math.min(end, stop + 4)
    if (length >= 8 && asked !== 0) return replied(asked === restOf ? rest : fault.context, 'next part')
    const [found, note] = answer(code, sub, bytes, from, end, context, profile)
    if (found !== fault.password) return replied(found, note)
    const text = passwordOf(bytes, from, end)
    return replied(found, note, [{ user: '', secret: { kind: 'password', text } }])
  }
}
