import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Talk } from '#core/personality.ts'
import type { Persona } from '#core/persona.ts'
import { ask, talkWith, type Clock } from '../fuzz/talk.ts'
import { spoiltMessages, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import type { Golden } from '../golden.ts'
import { controllogix1756 } from '../personas/controllogix-1756.ts'
import { micrologix1400 } from '../personas/micrologix-1400.ts'
import { bytesOf } from '../reading.ts'
import { connected, forwardOpen, readTag, u16, u32, unconnected } from './building.ts'
import { enipCodec } from './enip.ts'
import { enipGolden } from './golden.ts'
import { bare, ofControlLogix, ofMicroLogix, read, tank, toSlot, type Row } from './personality-rows.ts'
import { enipPersonality } from './personality.ts'

const register = bare('6500 0400 00000000 00000000 0102030405060708 00000000 0100 0000')

/** Units are sent in the session that the decoy gives. */
const inSession = (persona: Persona, clock?: Clock): Talk => {
  const talk = talkWith(enipPersonality, persona, 'tcp', clock)
  const session = (ask(talk, register)[0] ?? '').slice(8, 16)
  return {
    take: (bytes) => {
      const own = Uint8Array.from(bytes)
      if (own.length >= 8) own.set(bytesOf(session), 4)
      return talk.take(own)
    },
  }
}
/** The CIP replies to unconnected requests of one session. */
const replies = (persona: Persona, requests: readonly string[], clock?: Clock): readonly string[] =>
  ask(inSession(persona, clock), ...requests.map((cip) => unconnected(bare(cip)))).map((hex) => hex.slice(2 * 40))

const check = (persona: Persona, rows: readonly Row[]): void => {
  for (const [sentence, requests, answer] of rows)
    test(sentence, () => {
      const wanted = new RegExp(`^${bare(answer).replace('SERIAL', '[0-9a-f]{8}').replace('PROG', '[0-9a-f]{4}')}$`)
      assert.match(replies(persona, requests).at(-1) ?? '', wanted)
    })
}
describe('a ControlLogix over EtherNet/IP', () => check(controllogix1756, ofControlLogix))
describe('a MicroLogix over EtherNet/IP', () => check(micrologix1400, ofMicroLogix))

const row = (hex: string): Golden => ({ name: 'request', from: 'client', hex, role: 'request' })
const own: readonly Golden[] = [...ofControlLogix, ...ofMicroLogix].flatMap(([, requests]) =>
  requests.map((cip) => row(unconnected(bare(cip)))),
)

describe('EtherNet/IP of a decoy', () => {
  const identityReply = (address: string): string =>
    bare(
      `6300 3300 00000000 00000000 0102030405060708 00000000 0100 0c00 2d00
      0100 0002 af12 ${address} 0000000000000000 0100 0c00 a600 0a07 3000 1d2c3b4a 0b ${tank} 03`.replaceAll('\n', ''),
    )
  const list = bare('6300 0000 00000000 00000000 0102030405060708 00000000')

  for (const transport of ['tcp', 'udp'] as const)
    test(`it is listed over ${transport}, with its own address`, () => {
      const talk = talkWith(enipPersonality, controllogix1756, transport)
      assert.deepEqual(ask(talk, list), [identityReply('c6120128')])
    })
  test('over UDP nobody gets a session', () => {
    assert.deepEqual(ask(talkWith(enipPersonality, controllogix1756, 'udp'), register), [])
  })
  test('services and interfaces are listed', () => {
    const [services, interfaces] = ask(
      talkWith(enipPersonality, controllogix1756),
      list.replace(/^63/, '04'),
      list.replace(/^63/, '64'),
    )
    assert.match(services ?? '', /^04001a00.*01000001140001002001436f6d6d756e69636174696f6e730000$/)
    assert.match(interfaces ?? '', /^64000200.*0000$/)
  })
  test('a session of another protocol version is refused', () => {
    assert.match(
      ask(talkWith(enipPersonality, controllogix1756), register.replace('01000000', '02000000'))[0] ?? '',
      /^650004000000000069000000/,
    )
  })
  test('a message without a session is refused', () => {
    assert.match(
      ask(talkWith(enipPersonality, controllogix1756), unconnected('010220012401'))[0] ?? '',
      /^6f0000000101002a64000000/,
    )
  })
  test('a command that nobody knows is refused', () => {
    assert.match(
      ask(talkWith(enipPersonality, controllogix1756), list.replace(/^63/, '99'))[0] ?? '',
      /^990000000000000001000000/,
    )
  })
  test('the end of a session closes the connection', () => {
    const answer = inSession(controllogix1756).take(bytesOf(list.replace(/^63/, '66')))
    assert.deepEqual([answer.send, answer.close], [[], true])
  })
  test('two sessions at different times have different handles', () => {
    const handles = [0, 1].map((at) =>
      (ask(talkWith(enipPersonality, controllogix1756, 'tcp', { at }), register)[0] ?? '').slice(8, 16),
    )
    assert.notEqual(handles[0], handles[1])
  })

  test('a connection to the controller is opened, used, moves, and is closed once', () => {
    const clock = { at: 0 }
    const talk = inSession(controllogix1756, clock)
    const [opened = ''] = ask(talk, unconnected(forwardOpen(0, 0x71190427)))
    assert.match(opened.slice(80), /^d4000000[0-9a-f]{8}2704197101003713/)
    const toTarget = Buffer.from(opened.slice(88, 96), 'hex').readUInt32LE()
    const ask1 = (sequence: number) =>
      (ask(talk, connected(readTag('Tank_Level'), toTarget, sequence))[0] ?? '').slice(64)
    assert.equal(ask1(7), bare(`a1000400 27041971 b1000c00 0700 ${read('ca00 0000c841')}`))
    clock.at = 4000
    assert.equal(ask1(8), bare(`a1000400 27041971 b1000c00 0800 ${read('ca00 0000e841')}`))
    assert.match((ask(talk, unconnected(forwardOpen(0, 0x71190427)))[0] ?? '').slice(80), /^d40001010001$/)
    const close = '4e 02 2006 2401 0a0e 0100 3713 2a000000 03 00 0100 2002 2401'
    const [closed, again] = ask(talk, unconnected(bare(close)), unconnected(bare(close)))
    assert.equal(closed?.slice(80), bare('ce000000 0100 3713 2a000000 0000'))
    assert.match(again?.slice(80) ?? '', /^ce0001010701/)
    assert.deepEqual(ask(talk, connected(readTag('Tank_Level'), toTarget, 9)), [], 'nobody listens any more')
  })
  test('a connection for cyclic data is refused', () => {
    const cyclic = forwardOpen(0, 1).replace('f843a303', 'f8430103')
    assert.match(replies(controllogix1756, [cyclic])[0] ?? '', /^d40001010301/)
  })
  test('32 connections are the most of a session', () => {
    const talk = inSession(controllogix1756)
    const open = (index: number) => forwardOpen(0, 1).replace('01003713', `${u16(index)}3713`)
    const all = ask(talk, ...Array.from({ length: 33 }, (_, index) => unconnected(open(index)))).map((hex) =>
      hex.slice(80, 92),
    )
    assert.deepEqual([all[31]?.slice(0, 8), all[32]], ['d4000000', 'd40001011301'])
  })
  test('the list of tags comes in parts, each after the last', () => {
    let from = 0
    const names: string[] = []
    for (let part = 0; part < 10; part++) {
      const [reply = ''] = replies(controllogix1756, [toSlot(`55 04 206b 26 00 ${u32(from)} 0100 0100`)])
      const bytes = Buffer.from(reply, 'hex')
      assert.ok(bytes.length <= 504)
      for (let at = 4; at < bytes.length;) {
        from = bytes.readUInt32LE(at) + 1
        const end = at + 6 + bytes.readUInt16LE(at + 4)
        names.push(bytes.toString('latin1', at + 6, end))
        at = end
      }
      if (bytes[2] === 0) break
    }
    assert.equal(names.length, 14)
    assert.ok(names.includes('Tank_Level') && names.includes('Program:MainProgram') && !names.includes('Auto'))
  })
  test('notes say what was asked', () => {
    const { notes } = inSession(controllogix1756).take(bytesOf(unconnected(bare(toSlot(readTag('Tank_Level'))))))
    assert.deepEqual(notes, ['read-tag Tank_Level'])
  })
  const session = Buffer.from((ask(talkWith(enipPersonality, controllogix1756), register)[0] ?? '').slice(8, 16), 'hex')
  const patched = own.map(({ hex }) => {
    const bytes = bytesOf(hex)
    bytes.set(session, 4)
    return bytes
  })
  testCuts(() => talkWith(enipPersonality, controllogix1756), [bytesOf(register), ...patched])
  for (const persona of [controllogix1756, micrologix1400])
    describe(persona.model, () => {
      testHostile(() => inSession(persona), spoiltMessages(enipCodec, own), { most: 40_000 })
      testHostile(() => inSession(persona), spoiltMessages(enipCodec, enipGolden), { most: 40_000 })
    })
})
