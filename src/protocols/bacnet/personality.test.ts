import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ask, talkWith, type Clock } from '../fuzz/talk.ts'
import { spoiltMessages, testHostile } from '../fuzz/talk-trials.ts'
import { bacnetController } from '../personas/bacnet-controller.ts'
import { bytesOf } from '../reading.ts'
import { bacnetCodec } from './bacnet.ts'
import { bacnetGolden } from './golden.ts'
import { bacnetPersonality } from './personality.ts'

const open = (clock?: Clock) => talkWith(bacnetPersonality, bacnetController, 'udp', clock)
const bare = (hex: string): string => hex.replaceAll(/\s/g, '')
const bvlc = (code: string, content: string): string => {
  const length = bytesOf(content).length + 4
  return `81${code}${length.toString(16).padStart(4, '0')}${bare(content)}`
}
/** An APDU to the decoy; the answer's APDU, empty where there is none. */
const answerTo = (apdu: string, clock?: Clock): string => {
  const [answer = ''] = ask(open(clock), bvlc('0a', `01 04 ${apdu}`))
  return answer.replace(/^810a....0100/, '')
}
const text = (value: string): string => Buffer.from(value).toString('hex')
/** A text of more than three characters. */
const characters = (value: string): string => `75 ${(value.length + 1).toString(16).padStart(2, '0')} 00 ${text(value)}`

/** Instance of the device: its number, modulo the largest. */
const device = `02 ${(0x4a3b2c1d % 4_194_303).toString(16).padStart(6, '0')}`
const readAny = (property: string): string => `00 05 07 0c 0c 023fffff 19 ${property}`
const read = (object: string, property: string): string => `00 05 07 0c 0c ${object} 19 ${property}`
const ack = (object: string, property: string, value: string): string =>
  `30 07 0c 0c ${object} 19 ${property} 3e ${value} 3f`
const write = (object: string, property: string, value: string): string =>
  `00 05 07 0f 0c ${object} 19 ${property} 3e ${value} 3f 49 08`
const input = (instance: number): string => `0000000${instance}`

const rows: readonly (readonly [sentence: string, request: string, answer: string])[] = [
  ['the wildcard device has the decoy’s instance', readAny('4b'), ack(device, '4b', `c4 ${device}`)],
  ['the device by its instance', read(device, '4d'), ack(device, '4d', characters('LINE3-PLC7'))],
  ['the vendor’s number', readAny('78'), ack(device, '78', '21 23')],
  ['the vendor’s name', readAny('79'), ack(device, '79', characters('Reliable Controls Corporation'))],
  ['the model', readAny('46'), ack(device, '46', characters('MACH-ProWebCom'))],
  ['the firmware', readAny('2c'), ack(device, '2c', characters('2.19.1'))],
  ['no segmentation', readAny('6b'), ack(device, '6b', '91 03')],
  ['services: read, read several, write, and that is all', readAny('61'), ack(device, '61', '85 06 00 000b002020')],
  ['the list of objects has a length', `${readAny('4c')} 29 00`, `30 07 0c 0c ${device} 19 4c 29 00 3e 21 0c 3f`],
  ['the first object is the device', `${readAny('4c')} 29 01`, `30 07 0c 0c ${device} 19 4c 29 01 3e c4 ${device} 3f`],
  ['an object beyond the list', `${readAny('4c')} 29 0d`, '50 07 0c 91 02 91 2a'],
  ['an index of what is no array', `${readAny('4d')} 29 01`, '50 07 0c 91 02 91 32'],
  ['a device of another instance', read('02000001', '4d'), '50 07 0c 91 01 91 1f'],
  ['an object that is not there', read(input(9), '55'), '50 07 0c 91 01 91 1f'],
  ['a property that is not there', read(input(1), '57'), '50 07 0c 91 02 91 20'],
  ['a level in percent', read(input(4), '55'), ack(input(4), '55', '44 41c80000')],
  ['a temperature between its limits', read(input(1), '55'), ack(input(1), '55', '44 41a60000')],
  ['the state of a valve', read('00c00002', '55'), ack('00c00002', '55', '91 01')],
  ['status flags are all off', read(input(4), '6f'), ack(input(4), '6f', '82 04 00')],
  ['units', read(input(4), '75'), ack(input(4), '75', '91 62')],
  [
    'several properties, one of them unknown',
    `00 05 07 0e 0c ${input(4)} 1e 09 55 09 57 1f`,
    `30 07 0e 0c ${input(4)} 1e 29 55 4e 44 41c80000 4f 29 57 5e 91 02 91 20 5f 1f`,
  ],
  [
    'several objects, one of them unknown',
    `00 05 07 0e 0c ${input(4)} 1e 09 55 1f 0c ${input(9)} 1e 09 55 1f`,
    `30 07 0e 0c ${input(4)} 1e 29 55 4e 44 41c80000 4f 1f 0c ${input(9)} 1e 29 55 5e 91 01 91 1f 5f 1f`,
  ],
  ['what does not fit is not sent in segments', `00 00 07 0e 0c 023fffff 1e 09 08 1f`, '71 07 04'],
  ['reading several of nothing', '00 05 07 0e', '60 07 05'],
  ['a request whose parameters are no tags', '00 05 07 0c ff', '60 07 04'],
  ['a segmented request', '08 05 07 00 01 0c', '71 07 04'],
  ['a setpoint is written', write('00800001', '55', '44 41900000'), '20 07 0f'],
  ['a priority of a setpoint is given up', write('00800001', '55', '00'), '20 07 0f'],
  ['a setpoint of another type', write('00800001', '55', '91 01'), '50 07 0f 91 02 91 09'],
  ['a binary value of a third state', write('01400001', '55', '91 02'), '50 07 0f 91 02 91 25'],
  ['an input is not written', write(input(4), '55', '44 41900000'), '50 07 0f 91 02 91 28'],
  ['the name of the device is not written', write(device, '4d', characters('other')), '50 07 0f 91 02 91 28'],
  ['an object that is not there is not written', write(input(9), '55', '44 41900000'), '50 07 0f 91 01 91 1f'],
  ['the device is not restarted', '00 05 07 14 09 00', '50 07 14 91 04 91 1a'],
  ['the device is not silenced', '00 05 07 11 09 01 19 01', '50 07 11 91 04 91 1a'],
  ['subscriptions are not known', '00 05 07 05 09 01', '60 07 09'],
  ['a range is not read', `00 05 07 1a 0c ${device} 19 4c`, '60 07 09'],
  ['files are not read', '00 05 07 06 00', '60 07 09'],
  ['Who-Is is never answered', '10 08', ''],
  ['Who-Is for this very device is never answered', `10 08 0b ${device.slice(3)} 1b ${device.slice(3)}`, ''],
  ['Who-Has is never answered', '10 07 3d 0b 00 4c494e45332d504c4337', ''],
  ['an answer is not answered', '20 07 0f', ''],
]

describe('a building controller over BACnet/IP', () => {
  for (const [sentence, request, answer] of rows) test(sentence, () => assert.equal(answerTo(request), bare(answer)))

  test('values move with time', () => {
    assert.equal(answerTo(read(input(4), '55'), { at: 4000 }), bare(ack(input(4), '55', '44 41e80000')))
  })
  test('all properties of an object come in one answer', () => {
    assert.match(
      answerTo(`00 05 07 0e 0c ${input(4)} 1e 09 08 1f`),
      /^30070e0c000000041e291c4e.*29554e4441c800004f.*1f$/,
    )
    assert.match(answerTo('00 05 07 0e 0c 023fffff 1e 09 08 1f'), /^30070e0c02.*294c4ec402.*1f$/)
  })
  test('an answer goes to the station behind a router that asked', () => {
    const [answer] = ask(open(), bvlc('0a', `01 0c 0005 01 0c ${read(input(4), '55')}`))
    assert.equal(answer, bvlc('0a', `01 20 0005 01 0c ff ${ack(input(4), '55', '44 41c80000')}`))
  })
  for (const [sentence, unit, answer] of [
    ['it registers no foreign device', bvlc('05', '003c'), ['8100 0006 0030']],
    ['it shows no broadcast distribution table', bvlc('02', ''), ['8100 0006 0020']],
    ['it shows no foreign devices', bvlc('06', ''), ['8100 0006 0040']],
    ['it distributes no broadcast', bvlc('09', '0120ffff00ff1008'), ['8100 0006 0060']],
    ['a broadcast is not answered', bvlc('0b', `01 04 ${readAny('4b')}`), []],
    ['what was forwarded is not answered', bvlc('04', `c6120782bac0 01 04 ${readAny('4b')}`), []],
    ['it is no router', bvlc('0a', `01 24 0005 00 ff ${readAny('4b')}`), []],
    ['a message of the network layer is not answered', bvlc('0a', '01 80 00'), []],
    ['a length that is not the datagram’s', `810a0012 0104 ${readAny('4b')}`, []],
    ['another protocol', '474554202f', []],
    ['nothing at all', '', []],
  ] as const)
    test(sentence, () => assert.deepEqual(ask(open(), unit), answer.map(bare)))

  test('notes say what was asked', () => {
    assert.deepEqual(open().take(bytesOf(bvlc('0a', `01 04 ${read(input(4), '55')}`))).notes, [
      'read-property analog-input 4 present-value',
    ])
    assert.deepEqual(open().take(bytesOf(bvlc('0a', '01 00 10 08'))).notes, ['who-is'])
  })
  testHostile(open, spoiltMessages(bacnetCodec, bacnetGolden), { most: 1500 })
  const own = rows.map(
    ([name, request]) => ({ name, from: 'client', role: 'request', hex: bvlc('0a', `01 04 ${request}`) }) as const,
  )
  testHostile(open, spoiltMessages(bacnetCodec, own), { most: 1500 })
})
