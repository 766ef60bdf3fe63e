/** What holds of every personality, whatever comes: for tests beside each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Identity, Personality, Talk, TalkContext } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { joined } from '../pieces.ts'
import { mutated, randomBytes } from './mutate.ts'
import { Random } from './random.ts'

export const sampleIdentity: Identity = {
  address: '198.18.1.40',
  mac: '00:1b:1b:12:34:56',
  name: 'LINE3-PLC7',
  serial: 'SN-442013',
  serialNumber: 0x4a3b2c1d,
  seed: 20_261_126,
}
const began = Date.UTC(2026, 10, 26, 8)

/** A talk with a service of a persona at a time that stands still, unless `now` moves it. */
export const talkWith = <P>(
  personality: Personality<P>,
  persona: Persona,
  transport: 'tcp' | 'udp',
  now: () => number = () => began,
): Talk => {
  const service = persona.services.find((each) => each.service === personality.service && each.transport === transport)
  assert.ok(service, `${persona.id} has ${personality.service}`)
  const process = {
    analog: (point: number, at: number) => (point * 7 + at / 1000) % 100,
    digital: (point: number, at: number) => (point + Math.floor(at / 1000)) % 2 === 0,
  }
  const context: TalkContext = { identity: sampleIdentity, persona, process, now, peer: '198.18.1.77' }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the persona's profile is the personality's own
  return personality.open(context, service.profile as P, transport)
}

const hex = (answers: readonly Answer[]) => ({
  sent: answers.flatMap(({ send }) => send.map((bytes) => Buffer.from(bytes).toString('hex'))).join(''),
  exchanges: answers.reduce((sum, { exchanges }) => sum + exchanges, 0),
  notes: answers.flatMap(({ notes = [] }) => notes),
  attempts: answers.flatMap(({ attempts = [] }) => attempts),
  closed: answers.some(({ close }) => close === true),
})
const taking = (talk: Talk, pieces: readonly Uint8Array[]): readonly Answer[] => pieces.map((piece) => talk.take(piece))
const cutAtRandom = (bytes: Uint8Array, random: Random): Uint8Array[] => {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(random.once(3) ? 3 : 60)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** @param requests one behind the other on one connection */
export const testCuts = (open: () => Talk, requests: readonly Uint8Array[]): void => {
  const bytes = joined(...requests)
  const whole = hex(taking(open(), requests))
  test('answers the same however what comes is cut', () => {
    assert.ok(whole.exchanges > 0 && whole.sent !== '')
    assert.deepEqual(hex([open().take(bytes)]), whole)
    assert.deepEqual(
      hex(
        taking(
          open(),
          [...bytes].map((byte) => Uint8Array.of(byte)),
        ),
      ),
      whole,
    )
    const random = new Random(7)
    for (let turn = 0; turn < 100; turn++) assert.deepEqual(hex(taking(open(), cutAtRandom(bytes, random))), whole)
  })
}

export interface Bounds {
  /** Bytes of one answer. */
  readonly most: number
  /** Times the request. */
  readonly times?: number
}

const check = (answer: Answer, asked: number, { most, times }: Bounds): void => {
  const size = answer.send.reduce((sum, { length }) => sum + length, 0)
  assert.ok(size <= most, `${size} bytes`)
  if (times !== undefined) assert.ok(size <= times * asked, `${size} bytes to ${asked}`)
  for (const note of answer.notes ?? []) assert.match(note, /^[ -~]{1,100}$/)
  for (const { user, secret } of answer.attempts ?? []) {
    assert.ok(user.length <= 128)
    if (secret.kind === 'password') assert.ok(secret.text.length <= 128)
  }
  assert.ok((answer.delay ?? 0) <= 3000)
}

/** Random and spoilt bytes, 10,000 of them. @param before what is sent as it is, so that what is spoilt is looked at */
export const testSpoilt = (
  open: () => Talk,
  requests: readonly Uint8Array[],
  bounds: Bounds,
  before: readonly Uint8Array[] = [],
): void => {
  test('bears whatever comes, and answers within bounds', () => {
    const random = new Random(41)
    let answered = 0
    for (let turn = 0; turn < 10_000; turn++) {
      const talk = open()
      const spoilt = random.once(5)
        ? randomBytes(random)
        : mutated(random.pick(requests), random, random.pick(requests))
      if (!random.once(5)) for (const request of before) talk.take(request)
      const pieces = random.once(4) && bounds.times === undefined ? cutAtRandom(spoilt, random) : [spoilt]
      for (const piece of pieces) {
        const answer = talk.take(piece)
        check(answer, piece.length, bounds)
        answered += answer.exchanges
        if (answer.close === true) break
      }
    }
    assert.ok(answered > 100, `${answered} exchanges`)
  })
}

export const bytesOfHex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
export const hexOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex')
