import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, talkWith, type Clock } from '../fuzz/talk.ts'
import { spoiltMessages, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { modiconM340 } from '../personas/modicon-m340.ts'
import { bytesOf, hexOf } from '../reading.ts'
import { modbusGolden } from './golden.ts'
import { modbusCodec } from './modbus.ts'
import { modbusPersonality } from './personality.ts'

const open = (clock?: Clock) => talkWith(modbusPersonality, modiconM340, 'tcp', clock)
/** A unit around a PDU. */
const adu = (pdu: string, unit = '01', transaction = '0007'): string => {
  const length = bytesOf(pdu).length + 1
  return `${transaction}0000${length.toString(16).padStart(4, '0')}${unit}${pdu.replaceAll(' ', '')}`
}
const text = (value: string): string => Buffer.from(value).toString('hex')
const vendor = `00 12 ${text('Schneider Electric')}`
const model = `01 0c ${text('BMX P34 2020')}`
const firmware = `02 04 ${text('v2.9')}`

/** Requests in the order of one conversation, and the PDU that answers the last one. */
const rows: readonly (readonly [sentence: string, requests: readonly string[], answer: string])[] = [
  ['a process value fills its register', ['03 0000 0001'], '03 02 09c4'],
  ['several registers come in one answer', ['03 0000 0003'], '03 06 09c4 0dac 02a3'],
  ['input registers are the same memory', ['04 0000 0001'], '04 02 09c4'],
  ['a float lies low word first', ['03 000a 0002'], '03 04 0000 4048'],
  ['a float is read in halves', ['03 000b 0001'], '03 02 4048'],
  ['125 registers are the most', ['03 0000 007e'], '83 03'],
  ['no register at all is an illegal value', ['03 0000 0000'], '83 03'],
  ['the last register is there', ['03 03ff 0001'], '03 02 0000'],
  ['beyond the last register is an illegal address', ['03 03ff 0002'], '83 02'],
  ['a read of another length is an illegal value', ['03 0000 0001 00'], '83 03'],
  ['coils show the process', ['01 0000 0003'], '01 01 05'],
  ['discrete inputs are the same memory', ['02 0000 0001'], '02 01 01'],
  ['2000 coils are the most', ['01 0000 07d1'], '81 03'],
  ['a register is written', ['06 0064 1234'], '06 0064 1234'],
  ['a written register is remembered', ['06 0064 1234', '03 0064 0001'], '03 02 1234'],
  ['what the program computes does not stay written', ['06 0000 1234', '03 0000 0001'], '03 02 09c4'],
  ['writing beyond the last register is refused', ['06 0400 0001'], '86 02'],
  ['a coil is written and remembered', ['05 0040 ff00', '01 0040 0001'], '01 01 01'],
  ['a coil knows two values', ['05 0040 1234'], '85 03'],
  ['several coils are written', ['0f 0040 000a 02 cd01', '01 0040 000a'], '01 02 cd01'],
  ['coils that contradict their byte count are refused', ['0f 0040 000a 01 cd'], '8f 03'],
  ['several registers are written', ['10 0064 0002 04 000a 0102'], '10 0064 0002'],
  ['several written registers are remembered', ['10 0064 0002 04 000a 0102', '03 0064 0002'], '03 04 000a 0102'],
  ['registers that contradict their byte count are refused', ['10 0064 0002 03 000a 01'], '90 03'],
  ['a mask changes single bits', ['06 0064 0012', '16 0064 00f2 0025', '03 0064 0001'], '03 02 0017'],
  ['a mask is echoed', ['16 0064 00f2 0025'], '16 0064 00f2 0025'],
  ['registers are written, then read', ['17 0064 0001 0064 0001 02 00ff'], '17 02 00ff'],
  ['a write that is refused leaves all as it was', ['17 0064 0001 0400 0001 02 00ff'], '97 02'],
  ['the query comes back', ['08 0000 a537'], '08 0000 a537'],
  ['counters of a serial line are not there', ['08 000b 0000'], '88 01'],
  ['the exception status is none of this model', ['07'], '87 01'],
  ['event counters are none of this model', ['0b'], '8b 01'],
  ['file records are none of this model', ['14 07 06 0004 0001 0002'], '94 01'],
  ['a queue is none of this model', ['18 04de'], '98 01'],
  ['a function that nobody knows is illegal', ['64'], 'e4 01'],
  ['the server identifier has its true byte count', ['11'], `11 0e 01 ff ${text('BMX P34 2020')}`],
  ['the basic identification', ['2b 0e 01 00'], `2b 0e 01 81 00 00 03 ${vendor} ${model} ${firmware}`],
  ['the identification from its second object on', ['2b 0e 01 01'], `2b 0e 01 81 00 00 02 ${model} ${firmware}`],
  [
    'a stream from an object that is not there begins anew',
    ['2b 0e 02 50'],
    `2b 0e 02 81 00 00 03 ${vendor} ${model} ${firmware}`,
  ],
  ['the extended identification has no more', ['2b 0e 03 00'], `2b 0e 03 81 00 00 03 ${vendor} ${model} ${firmware}`],
  ['a single object', ['2b 0e 04 02'], `2b 0e 04 81 00 00 01 ${firmware}`],
  ['a single object that is not there', ['2b 0e 04 05'], 'ab 02'],
  ['a kind of identification that nobody knows', ['2b 0e 05 00'], 'ab 03'],
  ['another encapsulated interface', ['2b 0d 00 00'], 'ab 01'],
  ['UMAS says how long messages may be', ['5a 00 01 00'], '5a 00 fe fd03 01 04 0000 32 000000000000'],
  [
    'UMAS names the processor',
    ['5a 00 02'],
    `5a 00 fe 0630d00c0100 0000 9002 0000 2700 0900 08000000 0000 0c ${text('BMX P34 2020')} 01 01 01 00 00 00 00 11 00`,
  ],
  ['UMAS echoes', ['5a 00 0a 00 54 55'], '5a 00 fe 00 54 55'],
  ['UMAS gives a reservation', ['5a 00 10 434c0000 03 505731'], '5a 00 fe 01'],
  ['UMAS keeps a reservation alive', ['5a 00 10 434c0000 03 505731', '5a 01 12'], '5a 01 fe'],
  ['UMAS keeps nobody alive without one', ['5a 01 12'], '5a 01 fd 81 80'],
  ['UMAS takes a reservation back once', ['5a 00 10 434c0000 03 505731', '5a 01 11', '5a 01 11'], '5a 01 fd 81 80'],
  ['UMAS stops nothing', ['5a 00 10 434c0000 03 505731', '5a 01 41 ff00'], '5a 01 fd 81 80'],
  ['UMAS gives no program away', ['5a 00 10 434c0000 03 505731', '5a 01 33 0001 0100'], '5a 01 fd 81 80'],
  ['UMAS without a function is refused', ['5a 00'], '5a 00 fd 81 80'],
]

describe('an M340 over Modbus', () => {
  for (const [sentence, requests, answer] of rows)
    test(sentence, () => {
      const answers = ask(open(), ...requests.map((pdu) => adu(pdu)))
      assert.equal(answers.at(-1), adu(answer))
    })

  test('values move with time', () => {
    const clock = { at: 0 }
    const talk = open(clock)
    const [first] = ask(talk, adu('03 0000 0002'))
    clock.at = 2000
    const [second] = ask(talk, adu('03 0000 0002'))
    assert.deepEqual([first, second], [adu('03 04 09c4 0dac'), adu('03 04 0a8c 0e74')])
  })

  test('each conversation remembers its own writes, and 512 registers of them', () => {
    const talk = open()
    for (let at = 100; at < 613; at++) ask(talk, adu(`06 ${at.toString(16).padStart(4, '0')} beef`))
    assert.deepEqual(ask(talk, adu('03 0065 0001'), adu('03 0264 0001')), [adu('03 02 beef'), adu('03 02 beef')])
    const [forgotten] = ask(talk, adu('03 0064 0001'))
    assert.equal(forgotten, ask(open(), adu('03 0064 0001'))[0], 'the oldest shows what it did before')
    assert.notEqual(forgotten, adu('03 02 beef'))
  })

  test('pipelined units are answered in order, each with its transaction and unit', () => {
    const talk = open()
    const all = [adu('03 0000 0001', '01', '0001'), adu('06 0064 0001', '00', '0002'), adu('11', 'ff', '0003')]
    const answer = talk.take(bytesOf(all.join('')))
    assert.deepEqual(
      answer.send.map((bytes) => hexOf(bytes).slice(0, 16)),
      ['0001000000050103', '0002000000060006', '000300000011ff11'],
    )
    assert.equal(answer.exchanges, 3)
    assert.deepEqual(answer.notes, [
      'read-holding-registers unit 1 registers 0 quantity 1',
      'write-single-register unit 0 registers 100',
      'report-server-id unit 255',
    ])
  })

  test('a unit that does not exist is not answered', () => {
    const answer = open().take(bytesOf(adu('03 0000 0001', 'f9')))
    assert.deepEqual([answer.send, answer.exchanges, answer.close], [[], 1, undefined])
  })

  for (const [sentence, hex] of [
    ['another protocol identifier', '0001 0001 0006 01 03 0000 0001'],
    ['a length below two', '0001 0000 0001 01'],
    ['a length beyond what the specification allows', '0001 0000 0200 01 03'],
    ['another protocol', '474554202f20485454502f312e310d0a'],
  ] as const)
    test(`${sentence} closes the connection, and nothing is answered any more`, () => {
      const talk = open()
      assert.equal(talk.take(bytesOf(hex)).close, true)
      assert.deepEqual(ask(talk, adu('11')), [])
    })

  testCuts(
    open,
    rows.flatMap(([, requests]) => requests.map((pdu) => bytesOf(adu(pdu)))),
  )
  testHostile(open, spoiltMessages(modbusCodec, modbusGolden), { most: 20_000 })

  test('the status tells a reservation, and what the seed makes of the program', () => {
    const [before = '', , after = ''] = ask(
      open(),
      adu('5a 00 04'),
      adu('5a 00 10 434c0000 03 505731'),
      adu('5a 01 04'),
    )
    assert.match(before, /^000700000046015a00fe02828006([0-9a-f]{8})([0-9a-f]{8})00000000\2\2(?:03)0000/)
    assert.match(after, /^000700000046015a01fe028a8006/)
    assert.equal(after.slice(28), before.slice(28))
  })
})
