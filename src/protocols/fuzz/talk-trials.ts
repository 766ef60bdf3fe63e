/** What every personality must stand: bytes however they are cut, and bytes that nobody should send. For tests beside each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { attemptLimit, type Answer, type Talk } from '#core/personality.ts'
import type { Golden } from '../golden.ts'
import { hexOf } from '../reading.ts'
import { Cases } from './cases.ts'
import { mutated, randomBytes } from './mutate.ts'
import { Random } from './random.ts'
import { said } from './talk.ts'

const isLong = process.env['BULKHEAD_TEST'] === 'long'
const conversations = isLong ? 10_000 : 400
/** Places to cut at once, and ways to cut at random. */
const [places, ways] = isLong ? [100, 50] : [40, 20]

const cutBy = (bytes: Uint8Array, size: () => number): Uint8Array[] => {
  const pieces: Uint8Array[] = []
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    end = Math.min(bytes.length, at + size())
    pieces.push(bytes.subarray(at, end))
  }
  return pieces
}

/** @param requests one behind the other on one connection; `first` are whole, each in a piece of its own */
export const testCuts = (
  open: () => Talk,
  requests: readonly Uint8Array[],
  first: readonly Uint8Array[] = [],
): void => {
  test('answers the same however what comes is cut', () => {
    // A Buffer, as sockets give it: its slice is no copy.
    const bytes = Buffer.concat(requests)
    const { notes: _all, ...whole } = said(open(), [...first, ...requests])
    assert.ok(whole.exchanges > 0 && whole.sent !== '')
    const check = (pieces: readonly Uint8Array[], how: string): void => {
      // Answers to what came at once have so many notes and no more.
      const { notes: _some, ...same } = said(open(), [...first, ...pieces])
      assert.deepEqual(same, whole, how)
    }
    check([bytes], 'in one piece')
    check(
      cutBy(bytes, () => 1),
      'byte by byte',
    )
    for (let at = 1; at < bytes.length; at += Math.ceil(bytes.length / places))
      check([bytes.subarray(0, at), bytes.subarray(at)], `cut at ${at}`)
    const random = new Random(7)
    for (let turn = 0; turn < ways; turn++) {
      const longest = random.once(2) ? 8 : 100
      check(
        cutBy(bytes, () => 1 + random.below(longest)),
        `cut at random, turn ${turn}`,
      )
    }
  })
}

/** The pieces of one hostile conversation. */
export type Spoil = (random: Random) => readonly Uint8Array[]

/**
 * Noise and spoilt requests behind those that are right.
 * @param before what comes first, as it is, so that what follows is looked at; so many of the requests when absent
 */
export const spoiltRequests = (requests: readonly Uint8Array[], before?: readonly Uint8Array[]): Spoil => {
  const own = requests.map((bytes) => Uint8Array.from(bytes))
  const first = before ?? own
  return (random) => {
    const isWhole = before !== undefined && !random.once(5)
    const pieces = first.slice(0, isWhole ? first.length : random.below(first.length + 1))
    for (let more = 1 + random.below(4); more > 0; more--) {
      const spoilt = random.once(5) ? randomBytes(random) : mutated(random.pick(own), random, random.pick(own))
      pieces.push(...(random.once(4) ? cutBy(spoilt, () => 1 + random.below(60)) : [spoilt]))
    }
    return pieces
  }
}

/** As the fuzzer spoils messages of a codec, checks and lengths put right. */
export const spoiltMessages = (codec: Codec, rows: readonly Golden[]): Spoil => {
  const made = new Cases(codec, rows)
  return (random) => {
    const steps = random.once(10) ? [] : made.next(random).steps.filter(({ fromClient }) => fromClient)
    return steps.length > 0 ? steps.map(({ bytes }) => bytes) : [randomBytes(random)]
  }
}

export interface Bounds {
  /** Bytes of one answer. */
  readonly most: number
  /** Times the datagram that it answers, whose source may be forged. */
  readonly times?: number
  /** Somebody tries to log in. */
  readonly logins?: true
}

const check = (answer: Answer, asked: number, { most, times }: Bounds): void => {
  const size = answer.send.reduce((sum, { length }) => sum + length, 0)
  assert.ok(size <= Math.min(most, times === undefined ? most : times * asked), `${size} bytes to ${asked}`)
  const { delay = 0, notes = [], attempts = [] } = answer
  assert.ok(delay >= 0 && delay <= 3000, `${delay} ms`)
  assert.ok(notes.length <= 16 && attempts.length <= 512, `${notes.length} notes, ${attempts.length} attempts`)
  for (const note of notes) assert.match(note, /^[ -~]{1,100}$/)
  for (const { user, secret } of attempts)
    assert.ok(user.length <= attemptLimit && (secret.kind !== 'password' || secret.text.length <= attemptLimit))
}

/** Noise alone. */
export const noise: Spoil = (random) => Array.from({ length: 1 + random.below(4) }, () => randomBytes(random))

/** Seeded hostile conversations: none throws, answers are bounded, and what came is not written to. @returns answers, and attempts to log in */
export const bear = (
  open: () => Talk,
  spoil: Spoil,
  bounds: Bounds,
  turns: number,
): { readonly answered: number; readonly attempts: number } => {
  let [answered, attempts] = [0, 0]
  for (let turn = 0; turn < turns; turn++) {
    const pieces = spoil(new Random(Math.imul(turn + 1, 0x9e37_79b1)))
    const talk = open()
    for (const [index, piece] of pieces.entries()) {
      // Sockets give Buffers, whose slice is no copy.
      const came = turn % 2 === 0 ? Buffer.from(piece) : Uint8Array.from(piece)
      try {
        const answer = talk.take(came)
        check(answer, piece.length, bounds)
        assert.ok(Buffer.compare(came, piece) === 0, 'what came was written to')
        if (answer.send.length > 0) answered++
        attempts += answer.attempts?.length ?? 0
        if (answer.close === true) break
      } catch (error) {
        const heard = pieces.slice(0, index + 1).map((each) => hexOf(each))
        throw new Error(`turn ${turn}: ${heard.join(' ')}`, { cause: error })
      }
    }
  }
  return { answered, attempts }
}

export const testHostile = (open: () => Talk, spoil: Spoil, bounds: Bounds): void => {
  test(`bears whatever comes, and answers within bounds, in ${conversations} conversations`, () => {
    const { answered, attempts } = bear(open, spoil, bounds, conversations)
    assert.ok(answered > conversations / 50, `${answered} answers`)
    if (bounds.logins) assert.ok(attempts > conversations / 50, `${attempts} attempts`)
  })
}
