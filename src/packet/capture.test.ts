import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as files from './capture-files.ts'
import { AnyCaptureReader } from './capture.ts'
import { PcapWriter } from './pcap-writer.ts'
import type { CaptureRecord, Skip } from './records.ts'

/** What a record says, as one line. */
const line = (record: CaptureRecord): string => {
  const { number, seconds, nanoseconds, bytes, at, end, wireLength, linkType, interface: index } = record
  return `${number} ${seconds}.${String(nanoseconds).padStart(9, '0')} [${[...bytes.subarray(at, end)].join(' ')}] of ${wireLength} link ${linkType} if ${index}`
}

const read = (bytes: Uint8Array, step = bytes.length): { lines: string[]; skips: readonly Skip[] } => {
  const reader = new AnyCaptureReader()
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += step)
    reader.push(bytes.subarray(at, at + step), (record) => lines.push(line(record)))
  return { lines, skips: reader.end() }
}

const pcapLines = (unit: 1 | 1000) => [
  `1 1.${String(2 * unit).padStart(9, '0')} [1 2 3] of 13 link 1 if 0`,
  `2 2.${String(3 * unit).padStart(9, '0')} [] of 10 link 1 if 0`,
  `3 3.${String(4 * unit).padStart(9, '0')} [1 2 3 4 5] of 15 link 1 if 0`,
]
const pcapngLines = [
  '1 1700000000.000001000 [1 2 3] of 3 link 1 if 0',
  '2 102.000000003 [4] of 1 link 101 if 1',
  '3 0.000000000 [5 6 7 8] of 60 link 1 if 0',
  '4 100.000000007 [9 9] of 2 link 101 if 1',
  '5 1.500000000 [1] of 1 link 113 if 0',
]
const { little, big } = { little: true, big: false }
const usual: readonly (readonly [sentence: string, file: Uint8Array, lines: readonly string[]])[] = [
  ['pcap of a little-endian machine', files.pcapFile({ little, magic: 0xa1b2c3d4 }), pcapLines(1000)],
  ['pcap of a big-endian machine', files.pcapFile({ little: big, magic: 0xa1b2c3d4 }), pcapLines(1000)],
  ['pcap in nanoseconds', files.pcapFile({ little, magic: 0xa1b23c4d }), pcapLines(1)],
  ['pcap in nanoseconds, big-endian', files.pcapFile({ little: big, magic: 0xa1b23c4d }), pcapLines(1)],
  ['modified pcap', files.pcapFile({ little, magic: 0xa1b2cd34 }), pcapLines(1000)],
  ['modified pcap, big-endian', files.pcapFile({ little: big, magic: 0xa1b2cd34 }), pcapLines(1000)],
  [
    'the length of a check sequence in the link type is no part of it',
    files.pcapFile({ little, magic: 0xa1b2c3d4, linkType: 0x2400_0001 }),
    pcapLines(1000),
  ],
  ['pcapng', files.pcapngFile(true), pcapngLines],
  ['pcapng, big-endian', files.pcapngFile(false), pcapngLines],
]

describe('captures are read', () => {
  for (const [sentence, file, lines] of usual) {
    test(sentence, () => assert.deepEqual(read(file), { lines, skips: [] }))
    test(`${sentence}: in pieces of any size`, () => {
      for (let step = 1; step < 70; step++) assert.deepEqual(read(file, step), { lines, skips: [] }, `${step}`)
    })
    test(`${sentence}: cut off anywhere, the records before are read and the rest is stated`, () => {
      for (let length = 0; length < file.length; length++) {
        const result = read(file.subarray(0, length))
        assert.deepEqual(result.lines, lines.slice(0, result.lines.length), `${length}`)
        const lost = result.skips.reduce((sum, skip) => sum + skip.length, 0)
        for (const { at, length: size, why } of result.skips) {
          assert.equal(why, 'cut-short')
          assert.equal(at + size, length, 'it reaches to the end')
        }
        // Up to the last whole record or block nothing is lost; what remains is the beginning of the next.
        assert.deepEqual(read(file.subarray(0, length - lost)), { lines: result.lines, skips: [] }, `${length}`)
      }
    })
  }
})

const start = files.pcapFile({ little, magic: 0xa1b2c3d4 })
const withLength = (length: number) => {
  const file = start.slice()
  new DataView(file.buffer).setUint32(24 + 16 + 3 + 8, length, true)
  return file
}
const ng = (...blocks: readonly Uint8Array[]) =>
  files.joined(files.section(little), files.describeInterface(little, 1), ...blocks)
const good = files.enhanced(little, 0, 1_000_000, Uint8Array.of(7))
const goodLine = '1 1.000000000 [7] of 1 link 1 if 0'
const before = ng().length
const changed = (bytes: Uint8Array, at: number, value: number) => {
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(at, value, true)
  return copy
}
const unknown = files.enhanced(little, 3, 0, Uint8Array.of(1))
const longPacket = files.enhanced(little, 0, 0, Uint8Array.of(1), 300_000)
const claiming = files.enhanced(little, 0, 0, Uint8Array.of(1), 100)
const badTrailer = changed(good, good.length - 4, 8)
const huge = files.block(little, 6, new Uint8Array(400_000))

const corrupt: readonly (readonly [
  sentence: string,
  file: Uint8Array,
  lines: readonly string[],
  skips: readonly Skip[],
])[] = [
  ['text', Buffer.from('no capture at all'), [], [{ at: 0, length: 17, why: 'not-a-capture' }]],
  ['three bytes', Uint8Array.of(0xd4, 0xc3, 0xb2), [], [{ at: 0, length: 3, why: 'cut-short' }]],
  [
    'pcap of another version',
    files.pcapFile({ little, magic: 0xa1b2c3d4, version: 3 }),
    [],
    [{ at: 0, length: start.length, why: 'unknown-version' }],
  ],
  [
    'a pcap record longer than a packet: all that follows is skipped',
    withLength(0x7fff_ffff),
    pcapLines(1000).slice(0, 1),
    [{ at: 43, length: start.length - 43, why: 'too-long' }],
  ],
  [
    'a pcapng block that is shorter than a block',
    ng(changed(good, 4, 8), good),
    [],
    [{ at: before, length: 2 * good.length, why: 'malformed' }],
  ],
  [
    'a pcapng block of a length that is no multiple of four',
    ng(changed(good, 4, 13)),
    [],
    [{ at: before, length: good.length, why: 'malformed' }],
  ],
  [
    'a pcapng block whose lengths differ',
    ng(badTrailer, good),
    [],
    [{ at: before, length: 2 * good.length, why: 'malformed' }],
  ],
  [
    'a packet of an interface that was not described: the next one is read',
    ng(unknown, good),
    [goodLine],
    [{ at: before, length: unknown.length, why: 'unknown-interface' }],
  ],
  [
    'a packet that claims more than is allowed',
    ng(longPacket, good),
    [goodLine],
    [{ at: before, length: longPacket.length, why: 'too-long' }],
  ],
  [
    'a packet that claims more than its block has',
    ng(claiming, good),
    [goodLine],
    [{ at: before, length: claiming.length, why: 'malformed' }],
  ],
  [
    'a block longer than a packet can be',
    ng(huge, good),
    [goodLine],
    [{ at: before, length: huge.length, why: 'too-long' }],
  ],
  [
    'a packet block without the room for its header',
    ng(files.block(little, 6, new Uint8Array(8)), good),
    [goodLine],
    [{ at: before, length: 20, why: 'malformed' }],
  ],
  ['pcapng of another version', files.section(little, 2), [], [{ at: 0, length: 28, why: 'unknown-version' }]],
  [
    'a section header without a byte order',
    changed(files.section(little), 8, 0x12345678),
    [],
    [{ at: 0, length: 28, why: 'not-a-capture' }],
  ],
]

describe('what cannot be read is stated exactly', () => {
  for (const [sentence, file, lines, skips] of corrupt)
    test(sentence, () => {
      assert.deepEqual(read(file), { lines, skips })
      if (file.length < 1000) assert.deepEqual(read(file, 1), { lines, skips }, 'byte by byte')
    })

  test('random changes are read without harm, the same in any pieces, and every byte is accounted for', () => {
    let seed = 1
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    for (let round = 0; round < 4000; round++) {
      const bytes = usual[next(usual.length)]![1].slice()
      for (let change = 1 + next(4); change > 0; change--) bytes[next(bytes.length)] = next(256)
      const whole = read(bytes)
      assert.deepEqual(read(bytes, 1 + next(30)), whole)
      for (const { at, length } of whole.skips) assert.ok(at >= 0 && length >= 0 && at + length <= bytes.length)
    }
  })
})

test('a written pcap file is read again', () => {
  const writer = new PcapWriter()
  const file = files.joined(
    writer.header(),
    writer.record(Uint8Array.of(1, 2, 3), 1_700_000_000, 123_456_789),
    writer.record(Uint8Array.of(4), 4_000_000_000, 999_999_999, 1500),
  )
  assert.deepEqual(read(file), {
    lines: ['1 1700000000.123456789 [1 2 3] of 3 link 1 if 0', '2 4000000000.999999999 [4] of 1500 link 1 if 0'],
    skips: [],
  })
})

test('interfaces beyond those that are kept are said once, and packets of the others are read', () => {
  const described = files.describeInterface(little, 1)
  const most = 65_536
  const ofMore = files.enhanced(little, most, 0, Uint8Array.of(1))
  const crowd = Buffer.concat(Array.from({ length: most + 1 }, () => described))
  const file = Buffer.concat([ng(), crowd, ofMore, good])
  assert.deepEqual(read(file), {
    lines: [goodLine],
    skips: [
      { at: before + (most - 1) * described.length, length: described.length, why: 'too-many-interfaces' },
      { at: before + crowd.length, length: ofMore.length, why: 'unknown-interface' },
    ],
  })
})
