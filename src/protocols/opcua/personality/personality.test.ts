import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Talk } from '#core/personality.ts'
import { u32le } from '#core/bytes.ts'
import { talkWith } from '../../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../../fuzz/talk-trials.ts'
import { opcuaServer } from '../../personas/opcua-server.ts'
import { hexOf } from '../../reading.ts'
import { opcua } from './personality.ts'
import * as ask from './requests.ts'
import { numeric, type Writer } from './writer.ts'

const open = () => talkWith(opcua, opcuaServer, 'tcp')
const level = { ns: 4, id: 'MAIN.fTankLevel' }
const setPoint = { ns: 4, id: 'GVL_HMI.fLevelSetpoint' }

interface Connected {
  readonly talk: Talk
  readonly channel: number
  readonly token: number
}
/** Type of a response by its encoding, and its service result. */
const outcome = (sent: Uint8Array | undefined): string => {
  const bytes = sent ?? new Uint8Array(0)
  if (hexOf(bytes.subarray(0, 3)) === '455252') return `error ${u32le(bytes, 8).toString(16)}`
  return `${(bytes[26] ?? 0) + 256 * (bytes[27] ?? 0)} ${u32le(bytes, 40).toString(16)}`
}
/** Channel and token are made of the seed and the time, so they come again. */
const connected = (active = true): Connected => {
  const talk = open()
  talk.take(ask.helloUnit())
  const [opened] = talk.take(ask.openUnit()).send
  const channel = u32le(opened ?? new Uint8Array(12), 8)
  const [created] = talk.take(ask.requestUnits(channel, 0, 461, ask.createSession)).send
  assert.equal(outcome(created), '464 0')
  // Behind the header: identifiers of the session (four bytes) and its token (seven).
  const token = u32le(created ?? new Uint8Array(0), 24 + 28 + 4 + 3)
  if (active) assert.equal(outcome(talk.take(ask.requestUnits(channel, token, 467, ask.anonymous)).send[0]), '470 0')
  return { talk, channel, token }
}
const asked = ({ talk, channel, token }: Connected, type: number, parameters: (writer: Writer) => Writer) =>
  talk.take(ask.requestUnits(channel, token, type, parameters))
const nothing = (writer: Writer): Writer => writer

describe('an OPC UA connection', () => {
  test('is acknowledged', () => {
    const answer = open().take(ask.helloUnit())
    assert.equal(hexOf(answer.send[0]).slice(0, 32), '41434b461c0000000000000000400000')
  })
  const refused: readonly (readonly [string, readonly Uint8Array[], string])[] = [
    ['with another policy is refused', [ask.helloUnit(), ask.openUnit({ policy: 'Basic256Sha256' })], 'error 80550000'],
    ['that signs is refused', [ask.helloUnit(), ask.openUnit({ mode: 2 })], 'error 80540000'],
    ['without a hello is refused', [ask.openUnit()], 'error 807e0000'],
    ['that says hello twice is refused', [ask.helloUnit(), ask.helloUnit()], 'error 80830000'],
    ['of another protocol is refused', [Buffer.from('GET / HTTP/1.0\r\n\r\n')], 'error 807e0000'],
    [
      'with a message on no channel is refused',
      [ask.helloUnit(), ask.requestUnits(7, 0, 631, nothing)],
      'error 80220000',
    ],
    [
      'that renews a channel it has not is refused',
      [ask.helloUnit(), ask.openUnit({ renew: true, channel: 9 })],
      'error 80220000',
    ],
  ]
  for (const [name, requests, expected] of refused)
    test(name, () => {
      const talk = open()
      const answers = requests.map((request) => talk.take(request))
      assert.equal(outcome(answers.at(-1)?.send[0]), expected)
      assert.equal(answers.at(-1)?.close, true)
    })
  test('renews its channel under another token', () => {
    const { talk, channel } = connected()
    const [renewed] = talk.take(ask.openUnit({ renew: true, channel })).send
    assert.equal(u32le(renewed ?? new Uint8Array(0), 8), channel)
  })
  test('is closed with its channel', () => {
    const { talk, channel } = connected()
    assert.deepEqual(talk.take(ask.closeUnit(channel)), {
      send: [],
      exchanges: 1,
      close: true,
      notes: ['close-secure-channel'],
    })
  })
  test('cuts answers into chunks that the client takes', () => {
    const talk = open()
    talk.take(ask.helloUnit(8192))
    const channel = u32le(talk.take(ask.openUnit()).send[0] ?? new Uint8Array(0), 8)
    const token = u32le(
      talk.take(ask.requestUnits(channel, 0, 461, ask.createSession)).send[0] ?? new Uint8Array(0),
      59,
    )
    talk.take(ask.requestUnits(channel, token, 467, ask.anonymous))
    const many = ask.reading(...Array.from({ length: 100 }, () => [numeric(2256), 13] as const))
    const { send } = talk.take(ask.requestUnits(channel, token, 631, many))
    assert.ok(send.length > 1 && send.every(({ length }) => length <= 8192))
    assert.deepEqual(
      send.map((chunk) => String.fromCharCode(chunk[3] ?? 0)).join(''),
      `${'C'.repeat(send.length - 1)}F`,
    )
  })
  test('puts requests together that come in chunks, and gives up those that are too large', () => {
    const { talk, channel, token } = connected()
    const read = ask.reading([level, 13], [numeric(2256), 13])
    assert.equal(outcome(talk.take(ask.requestUnits(channel, token, 631, read, 20)).send[0]), 'error 80800000')
    const other = connected()
    assert.equal(outcome(other.talk.take(ask.requestUnits(channel, token, 631, read, 60)).send[0]), '634 0')
  })
})

describe('an OPC UA session', () => {
  const rows: readonly (readonly [string, number, (writer: Writer) => Writer, string])[] = [
    ['reads', 631, ask.reading([level, 13]), '634 0'],
    ['reads nothing', 631, ask.reading(), '397 800f0000'],
    [
      'reads more than is allowed at once',
      631,
      ask.reading(...Array.from({ length: 101 }, () => [level, 13] as const)),
      '397 80100000',
    ],
    ['sends half a request', 631, (writer) => writer.f64(0).u32(0).u32(1).u8(0), '397 80070000'],
    ['calls a method', 712, (writer) => writer.u32(1), '397 801f0000'],
    ['deletes nodes', 500, (writer) => writer.u32(0), '397 800b0000'],
    ['publishes without a subscription', 826, (writer) => writer.u32(0), '397 80790000'],
    ['closes', 473, (writer) => writer.u8(1), '476 0'],
  ]
  for (const [name, type, parameters, expected] of rows)
    test(`${name}: ${expected}`, () => assert.equal(outcome(asked(connected(), type, parameters).send[0]), expected))
  test('reads nothing before it is activated, and nothing of another session', () => {
    const session = connected(false)
    assert.equal(outcome(asked(session, 631, ask.reading([level, 13])).send[0]), '397 80270000')
    assert.equal(outcome(asked({ ...session, token: 5 }, 631, ask.reading([level, 13])).send[0]), '397 80250000')
  })
  test('is refused to a user, who is told with what was typed', () => {
    const answer = asked(connected(false), 467, ask.asUser('operator', 'plant-42'))
    assert.equal(outcome(answer.send[0]), '397 801f0000')
    assert.deepEqual(answer.attempts, [{ user: 'operator', secret: { kind: 'password', text: 'plant-42' } }])
  })
  /** Behind the header of 28 bytes. */
  const parameters = (sent: Uint8Array | undefined): string => hexOf(sent).slice(2 * (24 + 28))
  test('reads nodes and attributes that are not there', () => {
    const { send } = asked(connected(), 631, ask.reading([numeric(9), 13], [level, 12], [numeric(85), 13]))
    assert.equal(parameters(send[0]), '03000000 02 00003480 02 00003580 02 00003580 ffffffff'.replaceAll(' ', ''))
  })
  test('writes the set-point and reads it back, and writes nothing else', () => {
    const session = connected()
    assert.equal(parameters(asked(session, 673, ask.writing(setPoint, 2500)).send[0]), '0100000000000000ffffffff')
    assert.match(parameters(asked(session, 631, ask.reading([setPoint, 13])).send[0]), /^010000000d0a00401c45/)
    assert.equal(parameters(asked(session, 673, ask.writing(level, 1)).send[0]), '0100000000001f80ffffffff')
    assert.equal(parameters(asked(session, 673, ask.writing(numeric(85), 1)).send[0]), '0100000000001f80ffffffff')
  })
  test('browses in steps, and gives each continuation once', () => {
    const session = connected()
    const [first] = asked(session, 527, ask.browsing(1, numeric(85))).send
    const point = parameters(first).slice(16, 32)
    assert.match(point, /^04000000/)
    const next = (writer: Writer) =>
      writer
        .u8(0)
        .u32(1)
        .u32(4)
        .u32(Number.parseInt(point.slice(8).match(/../g)?.toReversed().join('') ?? '', 16))
    assert.match(parameters(asked(session, 533, next).send[0]), /^0100000000000000ffffffff01000000/)
    assert.match(parameters(asked(session, 533, next).send[0]), /^0100000000004a80/)
  })
  test('finds a variable by its path', () => {
    const found = (...names: readonly (readonly [number, string])[]) =>
      parameters(asked(connected(), 554, ask.translating(...names)).send[0])
    assert.match(found([4, 'PLC1'], [4, 'MAIN'], [4, 'fTankLevel']), /^010000000000000001000000030400/)
    assert.match(found([4, 'PLC1'], [0, 'MAIN']), /^0100000000006f80/)
  })
  const { channel, token } = connected()
  const before = [ask.helloUnit(), ask.openUnit(), ask.requestUnits(channel, 0, 461, ask.createSession)]
  const activated = [...before, ask.requestUnits(channel, token, 467, ask.anonymous)]
  const requests = [
    ...rows.slice(0, -1).map(([, type, given]) => ask.requestUnits(channel, token, type, given)),
    ask.requestUnits(channel, token, 527, ask.browsing(2, numeric(85), numeric(2253), level)),
    ask.requestUnits(channel, token, 554, ask.translating([4, 'PLC1'], [4, 'MAIN'])),
    ask.requestUnits(channel, token, 673, ask.writing(setPoint, 2500)),
    ask.requestUnits(channel, token, 787, (writer) => writer.f64(1000).u32(100).u32(10).u32(0).u8(1).u8(0)),
    ask.requestUnits(channel, token, 826, (writer) => writer.u32(0)),
    ask.requestUnits(channel, token, 467, ask.asUser('operator', 'plant-42')),
    ask.requestUnits(channel, token, 631, ask.reading([level, 13]), 60),
    ask.requestUnits(channel, token, 428, (writer) => writer.string('opc.tcp://x').u32(0).u32(0)),
    ask.requestUnits(channel, token, 422, (writer) => writer.string('opc.tcp://x').u32(0).u32(0)),
  ]
  testCuts(open, [...activated, ...requests, ask.closeUnit(channel)])
  testHostile(open, spoiltRequests([...requests, ...before], activated), { most: 600_000 })
})
