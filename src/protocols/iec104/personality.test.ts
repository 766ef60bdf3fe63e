import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { began, said, talkWith } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { iec104Gateway } from '../personas/iec104-gateway.ts'
import { bytesOf } from '../reading.ts'
import { iec104Personality } from './personality.ts'

const clock = { at: began }
const open = () => talkWith(iec104Personality, iec104Gateway, 'tcp', clock)

const startdt = bytesOf('680407000000')
const le = (number: number, octets: number): string =>
  Array.from({ length: octets }, (_, index) => ((number >> (8 * index)) & 0xff).toString(16).padStart(2, '0')).join('')
/** An I-frame of the client. */
const numbered = (sent: number, received: number, asdu: string): Uint8Array => {
  const body = bytesOf(asdu)
  return Uint8Array.from([0x68, 4 + body.length, ...bytesOf(le(sent << 1, 2) + le(received << 1, 2)), ...body])
}
const acknowledge = (received: number): Uint8Array => bytesOf(`68040100${le(received << 1, 2)}`)
const asdu = (type: number, cause: number, ioa: number, element: string, station = 3): string =>
  `${le(type, 1)}01${le(cause, 1)}00${le(station, 2)}${le(ioa, 3)}${element}`

/** The frames of what is said after STARTDT. */
const frames = (...requests: Uint8Array[]): string[] => {
  const { sent } = said(open(), [startdt, ...requests])
  const found: string[] = []
  for (let at = 12; at < sent.length;) {
    const size = 2 * (2 + Number.parseInt(sent.slice(at + 2, at + 4), 16))
    found.push(sent.slice(at, at + size))
    at += size
  }
  return found
}
/** Their ASDUs: type, number of objects, cause, station. */
const headers = (...requests: Uint8Array[]): string[] =>
  frames(...requests).map((frame) => {
    const bytes = bytesOf(frame)
    return `${bytes[6]} x${bytes[7]} cause ${bytes[8]} station ${(bytes[10] ?? 0) + 256 * (bytes[11] ?? 0)}`
  })
const negative = 0x40
const all = asdu(100, 6, 0, '14')
const select = asdu(45, 6, 1002, '81')
const execute = asdu(45, 6, 1002, '01')

describe('a controlled station', () => {
  const unnumbered: readonly (readonly [string, string, string, closes?: true])[] = [
    ['confirms STARTDT', '680407000000', '68040b000000'],
    ['confirms STOPDT', '680413000000', '680423000000'],
    ['confirms a test', '680443000000', '680483000000'],
    ['passes a confirmation over that it did not ask for', '680483000000', ''],
    ['leaves who sends data before STARTDT', '680e00000000640106000300 00000014', '', true],
    ['leaves who counts wrongly', '680407000000 680e02000000640106000300 00000014', '68040b000000', true],
    ['leaves who acknowledges what was not sent', '680407000000 680401000200', '68040b000000', true],
    ['leaves who sends no frame', '474554202f20485454502f312e310d0a', '', true],
  ]
  for (const [name, hex, expected, closes] of unnumbered)
    test(name, () => {
      const { sent, closed } = said(open(), [bytesOf(hex)])
      assert.equal(sent, expected)
      assert.equal(closed, closes === true)
    })

  const answers: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    [
      'answers an interrogation: confirmation, points by type, termination',
      [all],
      [
        '100 x1 cause 7 station 3',
        '1 x12 cause 20 station 3',
        '11 x8 cause 20 station 3',
        '13 x6 cause 20 station 3',
        '100 x1 cause 10 station 3',
      ],
    ],
    [
      'answers an interrogation of all stations with its own address',
      [asdu(100, 6, 0, '14', 0xffff)],
      [
        '100 x1 cause 7 station 3',
        '1 x12 cause 20 station 3',
        '11 x8 cause 20 station 3',
        '13 x6 cause 20 station 3',
        '100 x1 cause 10 station 3',
      ],
    ],
    [
      'answers for a group without points',
      [asdu(100, 6, 0, '16')],
      ['100 x1 cause 7 station 3', '100 x1 cause 10 station 3'],
    ],
    ['refuses a qualifier that is none', [asdu(100, 6, 0, '01')], [`100 x1 cause ${negative + 7} station 3`]],
    ['ends an interrogation', [asdu(100, 8, 0, '14')], ['100 x1 cause 9 station 3']],
    [
      'answers a counter interrogation',
      [asdu(101, 6, 0, '05')],
      ['101 x1 cause 7 station 3', '15 x2 cause 37 station 3', '101 x1 cause 10 station 3'],
    ],
    [
      'freezes counters without telling them',
      [asdu(101, 6, 0, '45')],
      ['101 x1 cause 7 station 3', '101 x1 cause 10 station 3'],
    ],
    ['reads a point', [asdu(102, 5, 201, '')], ['13 x1 cause 5 station 3']],
    ['does not know a point that is read', [asdu(102, 5, 999, '')], [`102 x1 cause ${negative + 47} station 3`]],
    ['confirms a clock', [asdu(103, 6, 0, '00000c1a0b1a1a'.slice(0, 14))], ['103 x1 cause 7 station 3']],
    ['confirms a test', [asdu(104, 6, 0, 'aa55')], ['104 x1 cause 7 station 3']],
    ['resets no process', [asdu(105, 6, 0, '01')], [`105 x1 cause ${negative + 7} station 3`]],
    ['does not know a type', [asdu(200, 6, 0, '01')], [`200 x1 cause ${negative + 44} station 3`]],
    ['does not take a report', [asdu(1, 3, 1, '01')], [`1 x1 cause ${negative + 44} station 3`]],
    ['does not know a cause', [asdu(100, 3, 0, '14')], [`100 x1 cause ${negative + 45} station 3`]],
    ['does not know a station', [asdu(100, 6, 0, '14', 7)], [`100 x1 cause ${negative + 46} station 7`]],
    ['does not know an address', [asdu(45, 6, 7, '01')], [`45 x1 cause ${negative + 47} station 3`]],
    [
      'does not know a command of another type at an address',
      [asdu(46, 6, 1002, '01')],
      [`46 x1 cause ${negative + 47} station 3`],
    ],
    [
      'executes a command, shows it, and terminates',
      [asdu(45, 6, 1001, '01')],
      ['45 x1 cause 7 station 3', '1 x1 cause 11 station 3', '45 x1 cause 10 station 3'],
    ],
    ['refuses to execute what was not selected', [execute], [`45 x1 cause ${negative + 7} station 3`]],
    [
      'selects and executes',
      [select, execute],
      ['45 x1 cause 7 station 3', '45 x1 cause 7 station 3', '1 x1 cause 11 station 3', '45 x1 cause 10 station 3'],
    ],
    [
      'executes a selection once',
      [select, execute, execute].slice(0, 3),
      [
        '45 x1 cause 7 station 3',
        '45 x1 cause 7 station 3',
        '1 x1 cause 11 station 3',
        '45 x1 cause 10 station 3',
        `45 x1 cause ${negative + 7} station 3`,
      ],
    ],
    [
      'refuses to execute another than it selected',
      [select, asdu(45, 6, 1002, '00')],
      ['45 x1 cause 7 station 3', `45 x1 cause ${negative + 7} station 3`],
    ],
    [
      'gives a selection up',
      [select, asdu(45, 8, 1002, '01'), execute],
      ['45 x1 cause 7 station 3', '45 x1 cause 9 station 3', `45 x1 cause ${negative + 7} station 3`],
    ],
    [
      'takes a set point',
      [asdu(50, 6, 1301, '0000484200')],
      ['50 x1 cause 7 station 3', '13 x1 cause 11 station 3', '50 x1 cause 10 station 3'],
    ],
    [
      'takes no set point that is no number',
      [asdu(50, 6, 1301, '0000c07f00')],
      [`50 x1 cause ${negative + 7} station 3`],
    ],
    [
      'takes a command with a time',
      [asdu(58, 6, 1001, '0100000c1a0b1a1a')],
      ['58 x1 cause 7 station 3', '1 x1 cause 11 station 3', '58 x1 cause 10 station 3'],
    ],
    ['passes over what is cut short', ['640106'], []],
  ]
  for (const [name, requests, expected] of answers)
    test(name, () => assert.deepEqual(headers(...requests.map((each, index) => numbered(index, 0, each))), expected))

  test('shows what was commanded, in this conversation alone', () => {
    const read = asdu(102, 5, 206, '')
    assert.match(
      frames(numbered(0, 0, asdu(50, 6, 1301, '0000484200')), numbered(1, 0, read)).at(-1) ?? '',
      /0000484200$/,
    )
    assert.doesNotMatch(frames(numbered(0, 0, read)).at(-1) ?? '', /0000484200$/)
  })

  test('counts what it sends and what it has received', () => {
    const numbers = frames(numbered(0, 0, all), numbered(1, 3, all)).map((frame) => {
      const bytes = bytesOf(frame)
      return [(bytes[2] ?? 0) >> 1, (bytes[4] ?? 0) >> 1]
    })
    assert.deepEqual(
      numbers,
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((sent) => [sent, sent < 5 ? 1 : 2]),
    )
  })

  test('sends no more than k frames without an acknowledgement, and the rest after it', () => {
    const three = [0, 1, 2].map((sent) => numbered(sent, 0, all))
    assert.equal(frames(...three).length, 12)
    assert.equal(frames(...three, acknowledge(12)).length, 15)
    assert.equal(frames(...three, acknowledge(1)).length, 13)
  })

  test('acknowledges after w frames when it may send nothing else', () => {
    const many = Array.from({ length: 12 }, (_, sent) => numbered(sent, 0, all))
    assert.equal(frames(...many).at(-1), `68040100${le(11 << 1, 2)}`)
  })

  test('leaves who asks and asks and acknowledges nothing', () => {
    const many = Array.from({ length: 80 }, (_, sent) => numbered(sent, 0, all))
    assert.equal(said(open(), [startdt, ...many]).closed, true)
  })

  test('moves: points read later are others', () => {
    const first = frames(numbered(0, 0, all))
    clock.at += 30_000
    const later = frames(numbered(0, 0, all))
    clock.at -= 30_000
    assert.notEqual(first[3], later[3])
  })

  const requests = answers.flatMap(([, each]) => each.map((one) => numbered(0, 0, one)))
  testCuts(open, [
    startdt,
    ...answers.slice(0, 12).map(([, [one = '']], index) => numbered(index, 0, one)),
    acknowledge(12),
    bytesOf('680443000000'),
  ])
  testHostile(open, spoiltRequests(requests, [startdt]), { most: 12 * 255 })
})
