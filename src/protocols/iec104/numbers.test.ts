import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { bytesOf, hexOf, Reader } from '../reading.ts'
import { iec104Codec } from './iec104.ts'

const codec: Codec = iec104Codec

const modulus = 32_768
const within = (number: number) => ((number % modulus) + modulus) % modulus
const u16 = (bytes: Uint8Array, at: number) => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)

const framed = (sends: number, received: number, asdu: readonly number[]): Uint8Array =>
  Uint8Array.of(0x68, 4 + asdu.length, (sends << 1) & 0xff, sends >> 7, (received << 1) & 0xff, received >> 7, ...asdu)
const allowed = [0x2d, 1, 6, 0, 1, 0, 1, 0, 0, 0]
const denied = [0x2d, 1, 6, 0, 1, 0, 1, 0, 0, 1]
const report = [0x01, 1, 3, 0, 1, 0, 1, 0, 0, 1]
/** A type that stations make up, which nobody allows. */
const made = [0xc8, 1, 3, 0, 1, 0, 1, 0, 0, 1]

/** An end that closes the connection on any number out of turn: 5.1 with k = 12 and w = 8. */
class End {
  readonly name: string
  sends: number
  receives: number
  acknowledged: number
  unanswered = 0
  got: Uint8Array[] = []

  constructor(name: string, sends: number, receives: number) {
    this.name = name
    this.sends = sends
    this.receives = receives
    this.acknowledged = sends
  }

  get open(): boolean {
    return within(this.sends - this.acknowledged) < 12
  }

  send(asdu: readonly number[]): Uint8Array {
    this.unanswered = 0
    const bytes = framed(this.sends, this.receives, asdu)
    this.sends = within(this.sends + 1)
    return bytes
  }

  acknowledge(): Uint8Array {
    this.unanswered = 0
    return Uint8Array.of(0x68, 4, 1, 0, (this.receives << 1) & 0xff, this.receives >> 7)
  }

  /** @returns whether it must acknowledge now */
  receive(bytes: Uint8Array): boolean {
    const numbered = ((bytes[2] ?? 0) & 1) === 0
    const received = u16(bytes, 4) >> 1
    const outstanding = within(this.sends - this.acknowledged)
    assert.ok(within(received - this.acknowledged) <= outstanding, `${this.name}: N(R) ${received} out of turn`)
    this.acknowledged = received
    if (!numbered) return false
    assert.equal(u16(bytes, 2) >> 1, this.receives, `${this.name}: N(S) out of turn`)
    this.receives = within(this.receives + 1)
    this.got.push(bytes)
    return ++this.unanswered >= 8
  }
}

/** Numbers that look random and are the same every time. */
const dice = (seed: number) => {
  let state = seed * 7919
  return (sides: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) % sides
  }
}

/** Two ends and an inspector between them, in any order of events; the wires keep the order of what is on them. */
const converse = (seed: number, whole: boolean, turns: number): void => {
  const roll = dice(seed)
  const [up, down] = whole ? [0, 0] : [modulus - 1 - roll(200), modulus - 1 - roll(200)]
  const client = new End('client', up, down)
  const server = new End('server', down, up)
  const { conversation, message } = new Reader(codec, 'tcp', whole)
  const fromClient: Uint8Array[] = []
  const toServer: Uint8Array[] = []
  const fromServer: Uint8Array[] = []
  const toClient: Uint8Array[] = []
  const out = new Uint8Array(1024)
  let refused = 0

  const inspect = (wire: Uint8Array[], isClient: boolean): void => {
    const bytes = wire.shift()
    if (bytes === undefined) return
    codec.parse(bytes, 0, bytes.length, isClient, conversation, message.reset())
    assert.equal(message.fault, undefined)
    if (isClient && message.commands[0]?.op === 'single-command' && message.commands[0].values[0] === 1) {
      const length = codec.refuse(bytes, 0, bytes.length, conversation, 'function', out)
      toClient.push(out.slice(0, length))
      codec.withheld?.(conversation, true, true)
      refused++
      return
    }
    if (message.commands[0]?.op === 'unlisted') {
      codec.withheld?.(conversation, false, true)
      return
    }
    codec.renumber?.(bytes, 0, bytes.length, isClient, conversation)
    ;(isClient ? toServer : toClient).push(bytes)
  }
  const deliver = (wire: Uint8Array[], end: End, back: Uint8Array[]): void => {
    const bytes = wire.shift()
    if (bytes !== undefined && end.receive(bytes)) back.push(end.acknowledge())
  }
  const turn: readonly (() => void)[] = [
    () => client.open && fromClient.push(client.send(roll(3) === 0 ? denied : allowed)),
    () => server.open && fromServer.push(server.send(roll(9) === 0 ? made : report)),
    () => roll(4) === 0 && fromClient.push(client.acknowledge()),
    () => roll(4) === 0 && fromServer.push(server.acknowledge()),
    () => inspect(fromClient, true),
    () => inspect(fromServer, false),
    () => deliver(toServer, server, fromServer),
    () => deliver(toClient, client, fromClient),
  ]
  for (let index = 0; index < turns; index++) turn[roll(turn.length)]?.()
  const quiet = () => fromClient.length + toServer.length + fromServer.length + toClient.length === 0
  const settle = () => {
    while (!quiet()) for (let index = 4; index < 8; index++) turn[index]?.()
  }
  settle()
  // What was withheld is acknowledged with what comes after it.
  fromClient.push(client.send(allowed))
  fromServer.push(server.send(report))
  settle()
  fromClient.push(client.acknowledge())
  fromServer.push(server.acknowledge())
  settle()
  assert.ok(refused > 50, 'commands were refused')
  assert.equal(client.got.filter((bytes) => bytes[6] === 0x2d).length, refused, 'each was answered once')
  assert.ok(
    server.got.every((bytes) => bytes[15] === 0),
    'none arrived',
  )
  assert.ok(
    client.got.every((bytes) => bytes[6] !== 0xc8),
    'nor did what the station made up',
  )
  assert.equal(client.acknowledged, client.sends, 'all that the client sent is acknowledged')
  assert.equal(server.acknowledged, server.sends, 'all that the server sent is acknowledged')
}

describe('numbers stay right for both ends', () => {
  test('nothing is rewritten before something was withheld', () => {
    const { conversation } = new Reader(codec)
    const bytes = framed(3, 4, allowed)
    assert.equal(codec.renumber?.(bytes, 0, bytes.length, true, conversation), false)
  })
  test('in the middle of a conversation the client is answered with the numbers that it waits for', () => {
    const reader = new Reader(codec, 'tcp', false)
    const asked = framed(700, 900, denied)
    reader.read(asked, true)
    const out = new Uint8Array(1024)
    const length = codec.refuse(asked, 0, asked.length, reader.conversation, 'function', out)
    const refusal = [0x2d, 1, 0x47, 0, 1, 0, 1, 0, 0, 1]
    assert.equal(hexOf(out.subarray(0, length)), hexOf(framed(900, 701, refusal)))
  })
  test('a frame that was withheld without an answer is counted, and nothing was added', () => {
    const reader = new Reader(codec)
    reader.read(framed(0, 0, denied), true)
    codec.withheld?.(reader.conversation, false, true)
    const next = framed(1, 0, allowed)
    reader.read(next, true)
    assert.equal(codec.renumber?.(next, 0, next.length, true, reader.conversation), true)
    assert.equal(hexOf(next), hexOf(framed(0, 0, allowed)))
    const acknowledge = bytesOf('6804 0100 0200')
    reader.read(acknowledge, false)
    codec.renumber?.(acknowledge, 0, acknowledge.length, false, reader.conversation)
    assert.equal(hexOf(acknowledge), '680401000400')
  })
  for (const whole of [true, false])
    for (let seed = 1; seed <= 8; seed++)
      test(`two strict ends notice nothing, ${whole ? 'from the start' : 'mid-stream'}, order ${seed}`, () =>
        converse(seed, whole, 8000))
})
