import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseConnection } from './conntrack-entry.ts'
import {
  attribute,
  be16,
  be32,
  encodeMessage,
  errorOf,
  listAttributes,
  nested,
  parseAttributes,
  parseMessages,
  text,
  toBe16,
  toBe32,
} from './netlink.ts'
import { parseRecord } from './nflog-record.ts'
import { parseLink } from './rtnetlink.ts'

const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')

const answer = (body: string) => ({ type: 2, flags: 0, sequence: 1, portId: 0, body: Buffer.from(body, 'hex') })

suite('netlink messages', () => {
  test('a message carries its length, type, flags and sequence in front of its body', () => {
    const bytes = encodeMessage({ type: 0x0401, flags: 5, sequence: 7 }, Uint8Array.of(1, 2, 3, 4))
    assert.equal(hex(bytes), '1400000001040500070000000000000001020304')
    const [message, ...more] = parseMessages(bytes)
    assert.deepEqual(more, [])
    assert.deepEqual(
      { ...message, body: hex(message?.body) },
      { type: 0x401, flags: 5, sequence: 7, portId: 0, body: '01020304' },
    )
  })

  test('messages of one datagram come in order, each aligned to four bytes', () => {
    const one = encodeMessage({ type: 1, flags: 0, sequence: 1 }, Uint8Array.of(9))
    const two = encodeMessage({ type: 2, flags: 0, sequence: 2 })
    const padded = new Uint8Array(20 + two.length)
    padded.set(one)
    padded.set(two, 20)
    assert.deepEqual(
      parseMessages(padded).map((m) => [m.type, hex(m.body)]),
      [
        [1, '09'],
        [2, ''],
      ],
    )
  })

  for (const [name, bytes] of [
    ['a length shorter than the header', '0f000000000000000000000000000000'],
    ['a length of zero', '00000000000000000000000000000000'],
    ['a length beyond the datagram', 'ff000000000000000000000000000000'],
    ['half a header', '1000000001'],
  ] as const)
    test(`${name} ends the datagram`, () => assert.deepEqual(parseMessages(Buffer.from(bytes, 'hex')), []))

  test('attributes are padded, nest and keep their order', () => {
    const bytes = nested(1, attribute(2, toBe16(502)), attribute(3, toBe32(7)))
    assert.equal(hex(bytes), '140001800600020001f600000800030000000007')
    const inner = parseAttributes(parseAttributes(bytes).get(1) ?? new Uint8Array())
    assert.equal(be16(inner.get(2)), 502)
    assert.equal(be32(inner.get(3)), 7)
    assert.deepEqual(
      listAttributes(bytes, 4).map(([type]) => type),
      [2, 3],
    )
  })

  test('a value that is too short is absent rather than read past its end', () => {
    assert.equal(be32(Uint8Array.of(1, 2)), undefined)
    assert.equal(be16(undefined), undefined)
  })

  test('a string ends at its NUL or at its end', () => {
    assert.equal(text(Buffer.from('br0\0junk')), 'br0')
    assert.equal(text(Buffer.from('br0')), 'br0')
  })

  test('an error message carries the error number, and 0 for success', () => {
    assert.equal(errorOf(answer('feffffff')), 2)
    assert.equal(errorOf(answer('00000000')), 0)
  })
})

suite('hostile input', () => {
  // xorshift32: the same bytes in every run.
  let state = 0x9e3779b9
  const random = (below: number) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
  const valid = [
    Buffer.concat([
      Buffer.alloc(4),
      attribute(1, Uint8Array.of(8, 0, 2, 0)),
      nested(20, attribute(2, toBe16(5))),
      attribute(9, new Uint8Array(60)),
      attribute(3, new Uint8Array(16)),
      attribute(16, new Uint8Array(14)),
    ]),
    Buffer.concat([
      Buffer.alloc(4),
      nested(
        1,
        nested(1, attribute(1, new Uint8Array(4)), attribute(2, new Uint8Array(4))),
        nested(2, attribute(1, Uint8Array.of(6)), attribute(2, toBe16(1))),
      ),
      nested(4, nested(1, attribute(1, Uint8Array.of(3)))),
    ]),
    Buffer.concat([
      Buffer.alloc(16),
      attribute(3, Buffer.from('eth0\0')),
      nested(18, attribute(1, Buffer.from('veth\0'))),
    ]),
  ]
  const parsers = { parseMessages, listAttributes, parseRecord, parseConnection, parseLink }

  for (const [name, parse] of Object.entries(parsers)) {
    test(`${name} does not throw on any prefix of a valid message`, () => {
      for (const bytes of valid) for (let length = 0; length <= bytes.length; length++) parse(bytes.subarray(0, length))
    })
    test(`${name} does not throw on 30,000 mutated or random messages`, () => {
      for (let i = 0; i < 30_000; i++) {
        const bytes = i % 3 === 0 ? new Uint8Array(random(128)) : Uint8Array.from(valid[random(valid.length)]!)
        const changes = i % 3 === 0 ? bytes.length : 1 + random(6)
        for (let c = 0; c < changes && bytes.length > 0; c++) bytes[random(bytes.length)] = random(256)
        parse(bytes)
      }
    })
  }

  test('the samples are valid, so that the fuzz starts from something', () => {
    assert.notEqual(parseRecord(valid[0]!), undefined)
    assert.equal(parseConnection(valid[1]!)?.tcpState, 3)
    assert.equal(parseLink(valid[2]!)?.kind, 'veth')
  })
})
