/** DNP3 outstations that search what is no frame to them for one that is (IEEE Std 1815-2012, 9.2): what they find was judged. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isChecked } from '#protocols/dnp3/crc.ts'
import { controlOf, copyData, frame, isIntact, putFrame } from '#protocols/dnp3/link.ts'
import { bytesOf, hexOf } from '#protocols/reading.ts'
import { planOf, Wire } from './wire.ts'

const framed = (octet: number, hex: string): string => {
  const out = new Uint8Array(300)
  const data = bytesOf(hex)
  return hexOf(out.subarray(0, putFrame(out, octet, 10, 1, data, data.length)))
}

/** Counts in which functions the count bit counts. */
const counted = [2, 3]
const uncounted = [0, 4, 9]

/** Function codes that an outstation takes out of what arrives: a header it does not like costs it one octet, and no more. */
const executed = (stream: Uint8Array): number[] => {
  const codes: number[] = []
  const data = new Uint8Array(300)
  let at = 0
  while (at + 10 <= stream.length) {
    const octet = controlOf(stream, at)
    const code = octet & 0x0f
    const length = frame(stream, at, stream.length)
    const isUser = code === 3 || code === 4
    const isHeader =
      length > 0 &&
      isChecked(stream, at, at + 8) &&
      ((octet & 0x10) === 0 ? uncounted : counted).includes(code) &&
      isUser === length > 10
    if (isHeader && at + length > stream.length) break
    if (!isHeader || !isIntact(stream, at, at + length)) at++
    else {
      if (isUser && copyData(stream, at, 0, data, 0) > 2) codes.push(data[2] ?? 0)
      at += length
    }
  }
  return codes
}

describe('under allow: [read] an outstation executes reads alone', () => {
  const restart = framed(0xc4, 'c0c10d')
  const read = framed(0xc4, 'c0c2013c0106')
  /** The header of a frame of 292 octets, with these in its place. */
  const header = (octet: number, check?: string): string =>
    framed(octet, '00'.repeat(250)).slice(0, 16) + (check ?? framed(octet, '00'.repeat(250)).slice(16, 20))
  /** A read of as many points as there are octets, one of which is a whole frame in one block. */
  const around = (octet: number): string => framed(octet, `c0c1011e011719${'01'.repeat(9)}${restart}01`)

  for (const [name, stream] of [
    ['a frame behind a header with a wrong check', header(0xc4, 'ffff') + restart],
    ['a frame behind the header of a service that states data', header(0xc0) + restart],
    ['a frame behind a header whose count bit should not count', header(0xd4) + restart],
    ['a frame in a block with a wrong check', header(0xc4) + `${'01'.repeat(16)}0000` + restart],
    ['a frame within user data whose count bit should not count', around(0xd4)],
    ['a frame within confirmed user data whose count bit does not count', around(0xc3)],
  ] as const)
    test(name, () => {
      const bytes = `${read}${stream}`
      for (let cut = 0; cut < bytes.length; cut += 2) {
        const wire = new Wire(planOf({ service: 'dnp3', allow: ['read'] }), 20_000)
        wire.open()
        const parts = [bytes.slice(0, cut), bytes.slice(cut), read]
        let seq = 1000
        let arrived = ''
        for (const part of parts) {
          const got = wire.tcp('client', seq, 5000, part).filter(({ to, injected }) => to === 'server' && !injected)
          arrived += got.map(({ data }) => data).join('')
          seq += part.length / 2
        }
        assert.deepEqual(
          executed(bytesOf(arrived)).filter((code) => code !== 1),
          [],
          `cut at ${cut / 2}: ${arrived}`,
        )
        assert.equal(wire.denials.length > 0, true)
      }
    })
  test('a frame within the data of a regular one that comes after its beginning was given up', () => {
    const unit = around(0xc4)
    // Behind the whole of the header and the block before it.
    for (const cut of [4, 20, 56])
      for (const [wait, passes] of [
        [3000, true],
        [5000, false],
      ] as const) {
        const wire = new Wire(planOf({ service: 'dnp3', allow: ['read'] }), 20_000)
        wire.open()
        wire.tcp('client', 1000, 5000, unit.slice(0, cut))
        wire.now += wait
        const arrived = wire.tcp('client', 1000 + cut / 2, 5000, unit.slice(cut))
        const rest = arrived.filter(({ to, injected }) => to === 'server' && !injected).map(({ data }) => data)
        assert.deepEqual(rest, passes ? [unit.slice(cut)] : [])
        assert.deepEqual(
          wire.denials.map(({ denial, action }) => [denial.reason, action]),
          passes ? [] : [['cannot-judge', 'reset']],
        )
      }
    assert.deepEqual(executed(bytesOf(unit.slice(56))), [13])
  })
  test('a frame within the data of a regular one is data', () => {
    const wire = new Wire(planOf({ service: 'dnp3', allow: ['read'] }), 20_000)
    wire.open()
    const unit = around(0xc4)
    const passed = [unit.slice(0, 60), unit.slice(60)].flatMap((part, index) =>
      wire.tcp('client', 1000 + 30 * index, 5000, part).map(({ data }) => data),
    )
    assert.equal(passed.join(''), unit)
    assert.deepEqual(executed(bytesOf(unit)), [1])
  })
})
