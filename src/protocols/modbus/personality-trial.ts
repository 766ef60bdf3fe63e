/** What tests of personalities have in common: a decoy without a host, however bytes are cut, and hostile bytes. */
import assert from 'node:assert/strict'
import type { Codec } from '#core/codec.ts'
import type { Answer, Identity, Personality, Talk, TalkContext } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import type { Transport } from '#core/protocol.ts'
import { Cases } from '../fuzz/cases.ts'
import { randomBytes } from '../fuzz/mutate.ts'
import { Random } from '../fuzz/random.ts'
import type { Golden } from '../golden.ts'
import { bytesOf, hexOf } from '../reading.ts'

export const identity: Identity = {
  address: '198.18.1.40',
  mac: '00:80:f4:12:34:56',
  name: 'LINE3-PLC7',
  serial: '21123456789012',
  serialNumber: 0x4a3b2c1d,
  seed: 20_261_126,
}

export interface Clock {
  at: number
}
/** Values that show where they come from: point 0 is 25 percent at 0 ms and rises by one percent each second. */
export const contextOf = (persona: Persona, clock: Clock = { at: 0 }): TalkContext => ({
  identity,
  persona,
  process: {
    analog: (point, at) => Math.min(100, 25 + 10 * point + at / 1000),
    digital: (point, at) => (point + Math.floor(at / 1000)) % 2 === 0,
  },
  now: () => clock.at,
  peer: '198.18.1.130',
})

const profileOf = (persona: Persona, service: string, transport: Transport): unknown =>
  persona.services.find((one) => one.service === service && one.transport === transport)?.profile

/** A conversation with one service of a persona. */
export const talkTo = (personality: Personality, persona: Persona, transport: Transport = 'tcp', clock?: Clock): Talk =>
  personality.open(contextOf(persona, clock), profileOf(persona, personality.service, transport), transport)

/** What is answered to units in hexadecimal, as hexadecimal, one text for each that goes out. */
export const ask = (talk: Talk, ...units: readonly string[]): readonly string[] =>
  units.flatMap((hex) => talk.take(bytesOf(hex)).send.map(hexOf))

const outcome = (answers: readonly Answer[]) => ({
  sent: answers.flatMap(({ send }) => send.map(hexOf)).join(''),
  exchanges: answers.reduce((sum, { exchanges }) => sum + exchanges, 0),
  closed: answers.some(({ close }) => close === true),
})
const cut = (bytes: Uint8Array, size: () => number): Uint8Array[] => {
  const parts: Uint8Array[] = []
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + size())
    parts.push(bytes.slice(at, end))
    at = end
  }
  return parts
}

/** The same bytes are answered in the same way, at once, byte by byte, and at random cuts. */
export const assertCutsAlike = (open: () => Talk, units: readonly string[]): void => {
  const all = bytesOf(units.join(''))
  const whole = outcome([open().take(all)])
  const random = new Random(7)
  const pieces = [cut(all, () => 1), ...Array.from({ length: 40 }, () => cut(all, () => 1 + random.below(40)))]
  for (const parts of pieces) {
    const talk = open()
    assert.deepEqual(outcome(parts.map((part) => talk.take(part))), whole)
  }
}

/** Answers that a decoy host can take: bounded, and printable where people read them. */
const assertBounded = (answer: Answer, most: number): void => {
  const sent = answer.send.reduce((sum, { length }) => sum + length, 0)
  assert.ok(sent <= most, `${sent} bytes`)
  assert.ok((answer.notes ?? []).length <= 16)
  for (const note of answer.notes ?? []) assert.match(note, /^[ -~]{1,100}$/)
  assert.ok((answer.delay ?? 0) <= 3000)
}

/** Spoilt requests of a protocol and random bytes, in conversations of several: none throws, none is answered without bound. */
export const assertHostileHarmless = (
  open: () => Talk,
  codec: Codec,
  rows: readonly Golden[],
  { cases, bytes, first = [] }: { cases: number; bytes: number; first?: readonly string[] },
): void => {
  const made = new Cases(codec, rows)
  const random = new Random(20_261_126)
  for (let index = 0; index < cases; index++) {
    const talk = open()
    ask(talk, ...first)
    const steps = random.once(10) ? [] : made.next(random).steps.filter(({ fromClient }) => fromClient)
    const sent = steps.length > 0 ? steps.map((step) => step.bytes) : [randomBytes(random)]
    for (const one of sent) {
      const kept = hexOf(one)
      assertBounded(talk.take(one), bytes)
      assert.equal(hexOf(one), kept, 'what came is not written to')
    }
  }
}
