/** What every codec keeps to. Rows come from each protocol's `golden.ts`. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import type { Message } from '#core/message.ts'
import { codecs } from './codecs.ts'
import type { Golden } from './golden.ts'
import { goldens } from './goldens.ts'
import { isProtocolName } from './index.ts'
import { bytesOf, fieldsOf, hexOf, Reader } from './reading.ts'

const readerOf = (codec: Codec, { after = [] }: Golden): Reader => {
  const reader = new Reader(codec)
  for (const { from, hex } of after) reader.read(bytesOf(hex), from === 'client')
  return reader
}

const shown = (message: Message) =>
  message.commands.slice(0, message.count).map((command) => ({ op: command.op, fields: fieldsOf(command) }))

const assertRefusal = (codec: Codec, golden: Golden, wanted: NonNullable<Golden['refusal']>): void => {
  const reader = readerOf(codec, golden)
  const bytes = bytesOf(golden.hex)
  reader.read(bytes, golden.from === 'client')
  const { transaction } = reader.message
  const out = new Uint8Array(1024)
  const length = codec.refuse(bytes, 0, bytes.length, reader.conversation, 'function', out)
  if (typeof wanted === 'number') return assert.equal(length, wanted)
  assert.equal(hexOf(out.subarray(0, Math.max(0, length))), hexOf(bytesOf(wanted)))
  const { transport } = reader.conversation
  assert.equal(codec.frame(out, 0, length, transport), length, 'the refusal is one whole unit')
  const answer = reader.read(out, false, 0, length)
  assert.equal(answer.fault, undefined, 'the refusal is understood by its own codec')
  if (answer.role !== 'response') return
  assert.equal(answer.transaction, transaction, 'it answers the refused request')
  assert.ok(answer.refused, 'it is read as a refusal')
}

for (const name of Object.keys(codecs).filter(isProtocolName)) {
  const codec = codecs[name]
  const rows = goldens[name]
  const transport = codec.vocabulary.ports[0]?.transport ?? 'tcp'
  describe(`${name} keeps the codec contract`, () => {
    test('it is registered under the name of its vocabulary and has messages to be tested with', () => {
      assert.equal(codec.vocabulary.name, name)
      assert.ok(rows.length >= 4)
    })

    for (const golden of rows) {
      const bytes = bytesOf(golden.hex)
      test(golden.name, () => {
        assert.equal(codec.frame(bytes, 0, bytes.length, transport), bytes.length, 'it is one whole unit')
        assert.ok(bytes.length <= codec.longest)
        const message = readerOf(codec, golden).read(bytes, golden.from === 'client')
        assert.equal(message.fault, golden.fault)
        assert.equal(message.role, golden.role)
        assert.equal(message.refused, golden.refused ?? false)
        if (golden.commands !== undefined)
          assert.deepEqual(
            shown(message),
            golden.commands.map(({ op, fields = {} }) => ({ op, fields })),
          )
      })
      test(`${golden.name}: its length is known byte by byte, and never wrong`, () => {
        for (let end = 0; end < bytes.length; end++)
          assert.ok([0, bytes.length].includes(codec.frame(bytes, 0, end, transport)), `after ${end} bytes`)
      })
      test(`${golden.name}: cut short at any place it is read without harm`, () => {
        for (let end = 0; end <= bytes.length; end++)
          readerOf(codec, golden).read(bytes, golden.from === 'client', 0, end)
      })
      test(`${golden.name}: it means the same in the middle of other bytes`, () => {
        const padded = new Uint8Array(bytes.length + 20).fill(0xa5)
        padded.set(bytes, 10)
        const alone = shown(readerOf(codec, golden).read(bytes, golden.from === 'client'))
        const amid = readerOf(codec, golden).read(padded, golden.from === 'client', 10, 10 + bytes.length)
        assert.deepEqual(shown(amid), alone)
        assert.equal(amid.refused, golden.refused ?? false)
      })
      const { refusal, neutralised } = golden
      if (refusal !== undefined)
        test(`${golden.name}: refused in the protocol's own words`, () => assertRefusal(codec, golden, refusal))
      if (neutralised !== undefined)
        test(`${golden.name}: neutralised in place`, () => {
          const reader = readerOf(codec, golden)
          reader.read(bytes, true)
          const copy = bytes.slice()
          assert.equal(codec.neutralise?.(copy, 0, copy.length, reader.conversation), true)
          assert.equal(hexOf(copy), hexOf(bytesOf(neutralised)))
        })
    }

    test('every op it yields is in the vocabulary, with constraints that the op has', () => {
      for (const golden of rows) {
        const message = readerOf(codec, golden).read(bytesOf(golden.hex), golden.from === 'client')
        for (const { op, fields } of shown(message)) {
          const known = codec.vocabulary.ops[op]
          assert.ok(known !== undefined, `${golden.name}: ${op}`)
          if (message.role === 'response') continue
          for (const field of Object.keys(fields))
            // What a device reports shows values for `step` and `while`; only what is written can be narrowed by them.
            if (field !== 'values' || known.from === undefined)
              assert.ok((known.constraints ?? []).includes(field), `${golden.name}: ${op} has no ${field}`)
        }
      }
    })
    test('bytes of another protocol are not framed', () => {
      for (const text of [
        'GET / HTTP/1.1\r\n\r\n',
        'SSH-2.0-OpenSSH_9.2\r\n',
        '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      ])
        assert.equal(codec.frame(Buffer.from(text, 'latin1'), 0, text.length, transport), -1, text)
    })
  })
}
