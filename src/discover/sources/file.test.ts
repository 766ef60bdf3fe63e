import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { unpacked } from './file.ts'

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
