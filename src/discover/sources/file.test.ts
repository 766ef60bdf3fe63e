import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { unpacked } from './file.ts'
import { unpackFault } from './gunzip.ts'

const text = 'what a capture holds'

for (const [name, bytes] of [
  ['compressed', gzipSync(text)],
  ['plain', Buffer.from(text)],
] as const)
  for (const size of [1, 2, 3, 1000])
    test(`a ${name} file that comes in pieces of ${size} is read whole`, async () => {
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
      }
      const read: Uint8Array[] = []
      for await (const chunk of unpacked(pieces())) read.push(chunk)
      assert.equal(Buffer.concat(read).toString(), text)
    })

test('a file of one byte is given as it is', async () => {
  async function* one(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(0x1f)
  }
  const read: Uint8Array[] = []
  for await (const chunk of unpacked(one())) read.push(chunk)
  assert.equal(Buffer.concat(read).toString('hex'), '1f')
})

/** What does not compress, so that its place in the compressed file is known. */
const noise = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (Math.imul(at + 1, 0x9e3779b1) >>> 13) & 0xff))
const packed = gzipSync(noise, { level: 0 })
const changed = (at: number): Buffer => {
  const copy = Buffer.from(packed)
  copy[at]! ^= 0xff
  return copy
}

for (const [name, bytes, least, why] of [
  ['with a wrong checksum is read whole', changed(packed.length - 8), noise.length, /damaged/],
  ['of a wrong length is read whole', changed(packed.length - 1), noise.length, /damaged/],
  [
    'with something else behind its end is read whole',
    Buffer.concat([packed, Buffer.from('more')]),
    noise.length,
    /behind its end/,
  ],
  ['that is cut is read up to there', packed.subarray(0, 200_000), 200_000 - 100, /ends in the middle/],
] as const)
  test(`a compressed file ${name}, and that is said`, async () => {
    const read: Uint8Array[] = []
    async function* whole(): AsyncGenerator<Uint8Array> {
      yield bytes
    }
    let fault: string | undefined
    try {
      for await (const chunk of unpacked(whole())) read.push(chunk)
    } catch (error) {
      fault = unpackFault(error)
    }
    const content = Buffer.concat(read)
    assert.ok(content.length >= least, `${content.length} bytes were read`)
    assert.ok(content.equals(noise.subarray(0, content.length)))
    assert.match(fault ?? '', why)
  })
