/** A conversation with a personality, without sockets: for tests of what it says. */
import assert from 'node:assert/strict'
import type { Answer, Attempt, Identity, Personality, Process, Talk, TalkContext } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import type { Transport } from '#core/protocol.ts'
import { bytesOf, hexOf } from '../reading.ts'

export const sampleIdentity: Identity = {
  address: '198.18.1.40',
  mac: '00:1b:1b:12:34:56',
  name: 'LINE3-PLC7',
  serial: 'S C-X4U421302009',
  serialNumber: 0x4a3b2c1d,
  seed: 20_261_126,
}
/** Values that show where they come from: point 0 is 25 percent when the clock begins and rises by one each second. */
const sampleProcess: Process = {
  analog: (point, at) => (25 + 10 * point + at / 1000) % 100,
  digital: (point, at) => (point + Math.floor(at / 1000)) % 2 === 0,
}

/** It stands still unless it is set. */
export interface Clock {
  at: number
}
export const began = Date.UTC(2026, 10, 26, 12)

export const contextOf = (given: Partial<TalkContext> = {}): TalkContext => ({
  identity: sampleIdentity,
  persona: { vendor: 'Vendor', model: 'Model 7', firmware: '2.4' },
  process: sampleProcess,
  now: () => began,
  peer: '198.18.1.9',
  ...given,
})

/** With a service of a persona. */
export const talkWith = <P>(
  personality: Personality<P>,
  persona: Persona,
  transport: Transport = 'tcp',
  clock: Clock = { at: began },
): Talk => {
  const service = persona.services.find((each) => each.service === personality.service && each.transport === transport)
  assert.ok(service, `${persona.id} has ${personality.service}`)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the persona's profile is the personality's own
  return personality.open(contextOf({ persona, now: () => clock.at }), service.profile as P, transport)
}

export interface Said {
  /** With the greeting. */
  readonly out: Buffer
  /** Without it, in hexadecimal. */
  readonly sent: string
  readonly attempts: readonly Attempt[]
  readonly exchanges: number
  readonly closed: boolean
  readonly notes: readonly string[]
  readonly tls: boolean
}

/** What is said to these pieces, in order, until the connection closes. */
export const said = (talk: Talk, pieces: readonly (Uint8Array | string)[]): Said => {
  const answers: Answer[] = []
  for (const piece of pieces) {
    if (answers.at(-1)?.close) break
    answers.push(talk.take(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece))
  }
  const sent = Buffer.concat(answers.flatMap(({ send }) => send))
  return {
    out: Buffer.concat([...(talk.greeting ?? []), sent]),
    sent: hexOf(sent),
    attempts: answers.flatMap(({ attempts = [] }) => attempts),
    exchanges: answers.reduce((sum, { exchanges }) => sum + exchanges, 0),
    closed: answers.some(({ close }) => close === true),
    notes: answers.flatMap(({ notes = [] }) => notes),
    tls: answers.some(({ tls }) => tls === true),
  }
}

/** What is said with a profile of its own. */
export const talkTo = <P>(
  personality: Personality<P>,
  profile: P,
  pieces: readonly (Uint8Array | string)[],
  { context = contextOf(), transport = 'tcp' }: { context?: TalkContext; transport?: Transport } = {},
): Said => said(personality.open(context, profile, transport), pieces)

/** What is answered to units in hexadecimal, as hexadecimal, one text for each that goes out. */
export const ask = (talk: Talk, ...units: readonly string[]): readonly string[] =>
  units.flatMap((hex) => talk.take(bytesOf(hex)).send.map(hexOf))
