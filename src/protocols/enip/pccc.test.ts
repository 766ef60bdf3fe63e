import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Codec } from '#core/codec.ts'
import { bytesOf, type Fields, fieldsOf, Reader } from '../reading.ts'
import { pccc, unconnected } from './building.ts'
import { enipCodec } from './enip.ts'

const codec: Codec = enipCodec
const shown = ({ message }: Reader): Fields[] =>
  message.commands.slice(0, message.count).map((command) => ({ op: command.op, ...fieldsOf(command) }))
const asked = (command: string, data: string) => {
  const reader = new Reader(codec)
  reader.read(bytesOf(unconnected(pccc(command, 7, data.replaceAll(' ', '')))), true)
  return reader
}
const answered = (data: string, answer: string) => {
  const reader = asked('0f', data)
  reader.read(bytesOf(unconnected(`cb000000 074d00e0312b3d 4f00 0700 ${answer}`)), false)
  return shown(reader)
}

type Row = readonly [sentence: string, command: string, data: string, expected: readonly unknown[]]

const read: readonly Row[] = [
  ['words are read', '01', '0a00 04', [{ op: 'pccc-unprotected-read', elements: [10, 11, 12, 13] }]],
  ['words are written', '08', '0a00 0100', [{ op: 'pccc-unprotected-write', elements: [10, 11] }]],
  [
    'bits are written, each place for itself',
    '05',
    '0a00 01 00 1400 00 02',
    [
      { op: 'pccc-unprotected-bit-write', elements: 10 },
      { op: 'pccc-unprotected-bit-write', elements: 20 },
    ],
  ],
  ['with priority it is the same command', '21', '0a00 01', [{ op: 'pccc-unprotected-read', elements: 10 }]],
  ['a reply from the client is no command that is known', '4f', 'a2 02 07 89 00 00', [{ op: 'execute-pccc' }]],
  ['status is asked for', '06', '03', [{ op: 'pccc-diagnostic-status' }]],
  ['a diagnostic function that is not listed', '06', '08 00', [{ op: 'execute-pccc' }]],
  ['a command that is not listed', '03', '00', [{ op: 'execute-pccc' }]],
  [
    'a PLC-5 file is addressed in binary',
    '0f',
    '01 0000 0200 07 00 07 ff 2c01 04',
    [{ op: 'pccc-word-range-read', files: '7', elements: [300, 301] }],
  ],
  [
    'a PLC-5 file is addressed in ASCII, behind an offset',
    '0f',
    '00 0200 0400 00 24 4e31303a35 00 0100 feff',
    [{ op: 'pccc-word-range-write', files: 'N10', elements: [7, 8], values: [1, -2] }],
  ],
  [
    'bits of two PLC-5 elements are changed',
    '0f',
    '26 06 07 01 ffff 0100 06 07 02 feff 0000',
    [
      { op: 'pccc-read-modify-write', files: '7', elements: 1 },
      { op: 'pccc-read-modify-write', files: '7', elements: 2 },
    ],
  ],
  [
    'a float is written to a PLC-5',
    '0f',
    '67 0000 0100 06 08 03 94 08 0000c03f',
    [{ op: 'pccc-typed-write', files: '8', elements: 3, values: 1.5 }],
  ],
  [
    'several functions at once are each a command',
    '0f',
    '88 02 06 a2 02 07 89 0a 00 02 80 06',
    [{ op: 'pccc-protected-typed-logical-read', files: 'N7', elements: 10 }, { op: 'pccc-change-mode' }],
  ],
  [
    'what begins within a timer may go on in the next one',
    '0f',
    'aa 06 04 86 03 02 000000000000',
    [{ op: 'pccc-protected-typed-logical-write', files: 'T4', elements: [3, 4] }],
  ],
  [
    'a file number over 254 takes three bytes',
    '0f',
    'a2 02 ff 0001 89 ff 2c01 00',
    [{ op: 'pccc-protected-typed-logical-read', files: 'N256', elements: 300 }],
  ],
]
describe('PCCC commands are read', () => {
  for (const [sentence, command, data, expected] of read)
    test(sentence, () => {
      const reader = asked(command, data)
      assert.equal(reader.message.fault, undefined)
      assert.deepEqual(shown(reader), expected)
    })
})

const faulty: readonly (readonly [sentence: string, command: string, data: string])[] = [
  ['a write that is longer than it says', '0f', 'aa 02 07 89 0a 00 0100 0200'],
  ['a read with something behind it', '0f', 'a2 02 07 89 0a 00 00'],
  ['an area that is not the data table', '0f', '01 0000 0200 07 01 07 00 04'],
  ['an address without a file', '0f', '01 0000 0200 01 00 04'],
  ['several functions whose lengths do not add up', '0f', '88 02 06 a2 02 07 89 0a 00'],
  ['several functions in several functions', '0f', '88 01 05 88 01 02 80 06'],
  ['values whose size is not that of their type', '0f', '67 0000 0100 06 07 03 42 010203'],
]
describe('PCCC commands that contradict themselves are at fault', () => {
  for (const [sentence, command, data] of faulty)
    test(sentence, () => {
      const { message } = asked(command, data)
      assert.ok(message.fault === 'malformed' || message.fault === 'too-deep', message.fault)
      assert.ok(message.count > 0)
    })
})

describe('PCCC answers show values', () => {
  const rows: readonly (readonly [sentence: string, data: string, answer: string, values: unknown])[] = [
    ['of an integer file', 'a2 04 07 89 0a 00', '0100 ffff', [1, -1]],
    ['of a float file', 'a2 04 08 8a 00 00', '0000c03f', 1.5],
    ['of a file of long integers', 'a2 04 09 91 00 00', 'feffffff', -2],
    ['of a range of words', '01 0000 0200 06 07 05 04', '0500 0600', [5, 6]],
    ['of typed elements', '68 0000 0200 06 07 05 0200', '99 09 05 42 0100 0200', [1, 2]],
  ]
  for (const [sentence, data, answer, values] of rows)
    test(sentence, () => {
      const [command, ...others] = answered(data.replaceAll(' ', ''), answer)
      assert.deepEqual(others, [])
      assert.deepEqual(command?.['values'], values)
    })
  test('not of a structure', () => {
    const [command] = answered('a20604860300', '000000000000')
    assert.equal(command?.['values'], undefined)
  })
})
