/** Which answers are refusals. The rows of `goldens.ts` say it of themselves; these are the kinds that have no such row. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { codecs } from './codecs.ts'
import { putFrame } from './dnp3/link.ts'
import { forwardOpen, opened, packet, pccc, readInt, readTag, unconnected, writeTag } from './enip/building.ts'
import { answer as readAnswer, numbered, read as readNode } from './opcua/building.ts'
import { isProtocolName, type ProtocolName } from './index.ts'
import { bytesOf, hexOf, Reader } from './reading.ts'

type Row = readonly [sentence: string, asked: string, answered: string, refused: boolean]

const job = (parameters: string, data = ''): string => s7('01', '', parameters, data)
const result = (parameters: string, data = '', error = '0000'): string => s7('03', error, parameters, data)
const half = (value: number): string => value.toString(16).padStart(4, '0')
const sizeOf = (hex: string): number => bytesOf(hex).length
const s7 = (kind: string, error: string, parameters: string, data: string): string => {
  const body = `32${kind}00000009${half(sizeOf(parameters))}${half(sizeOf(data))}${error}${parameters}${data}`
  return `0300${half(7 + sizeOf(body))}02f080${body}`
}
const userdata = (kind: string, error: string): string =>
  s7('07', '', `000112${error === '' ? '0411' : '0812'}${kind}40101${error}`, '0a000000')
const byte = '120a10020001000083000000'
const plus = (body: string): string => {
  const frame = `7202${half(sizeOf(body))}${body}72020000`
  return `0300${half(7 + sizeOf(frame))}02f080${frame}`
}
const plusAsked = plus('310000054c00000003000003be3400000000030e0032019a7b0081490288000000000000')

/** The header of a unit of DNP3 and its checks; the fragment is one segment. */
const dnp3 = (octet: number, fragment: string): string => {
  const fromMaster = (octet & 0x80) !== 0
  const data = bytesOf(`c0${fragment}`)
  const out = new Uint8Array(300)
  return hexOf(out.subarray(0, putFrame(out, octet, fromMaster ? 10 : 1, fromMaster ? 1 : 10, data, data.length)))
}
const master = (fragment: string): string => dnp3(0xc4, fragment)
const outstation = (fragment: string): string => dnp3(0x44, fragment)
const link = (octet: number): string => {
  const out = new Uint8Array(300)
  const fromMaster = (octet & 0x80) !== 0
  return hexOf(out.subarray(0, putFrame(out, octet, fromMaster ? 10 : 1, fromMaster ? 1 : 10, new Uint8Array(), 0)))
}
const control = (status: string): string => `0c01280100 0100 0301 64000000 64000000 ${status}`

const asdu = (cause: string): string => `680e 0000 0000 2d01 ${cause}00 0100 010000 01`

/** A chunk of a service's response, to request 17 of a channel without security. */
const service = (type: number, status: string, parameters: string): string => {
  const little = (value: number) => Buffer.from([value & 0xff, value >> 8]).toString('hex')
  const body = `0100${little(type)}${'00'.repeat(12)}${status}00 ffffffff 000000 ${parameters}`
  return `4d534746${little(24 + sizeOf(body))}0000 01000000 01000000 05000000 11000000 ${body}`
}
const good = '00000000'
const bad = '00003b80'
const opcAsked = hexOf(numbered(readNode, 5, 17))
const bacnetWrite = '810a 0014 0104 0005010f 0c00400001 1955 3e 2105 3f'

const rows: { readonly [P in ProtocolName]: readonly Row[] } = {
  modbus: [
    ['the echo of a register', '0001 0000 0006 01 06 0001 0064', '0001 0000 0006 01 06 0001 0064', false],
    ['an answer without its request', '0001 0000 0006 01 06 0001 0064', '0002 0000 0005 01 03 02 0064', false],
    ['that the server is busy', '0001 0000 0006 01 06 0001 0064', '0001 0000 0003 01 86 06', true],
    ['that it has accepted what takes long', '0001 0000 0006 01 06 0001 0064', '0001 0000 0003 01 86 05', false],
  ],
  enip: [
    ['a tag that was written', unconnected(writeTag('Speed', 0xc3, '0500')), unconnected('cd000000'), false],
    ['a tag that is not there', unconnected(writeTag('Speed', 0xc3, '0500')), unconnected('cd000400'), true],
    ['a status with more behind it', unconnected(readTag('Speed')), unconnected('cc00ff010521'), true],
    ['a part of a long value', unconnected(readTag('Speed')), unconnected('cc000600c3000700'), false],
    ['a connection that is opened', unconnected(forwardOpen(3, 0x22)), unconnected(opened(0x11, 0x22)), false],
    ['a connection that is not', unconnected(forwardOpen(3, 0x22)), unconnected('d40001010001'), true],
    [
      'one of two services, under a status of success',
      unconnected(packet(readTag('Speed'), readTag('Level'))),
      unconnected(`8a000000 0200 0600 0e00 ${readInt(7)} cc000400`),
      true,
    ],
    [
      'two of two services',
      unconnected(packet(readTag('Speed'), readTag('Level'))),
      unconnected(`8a000000 0200 0600 0e00 ${readInt(7)} ${readInt(8)}`),
      false,
    ],
    [
      'PCCC that was done',
      unconnected(pccc('08', 7, '0a000100')),
      unconnected('cb000000074d00e0312b3d48000700'),
      false,
    ],
    ['PCCC with a status', unconnected(pccc('08', 7, '0a000100')), unconnected('cb000000074d00e0312b3d48100700'), true],
    [
      'an envelope that the server does not take',
      unconnected(readTag('Speed')),
      '6f000000 0101002a 64000000 0102030405060708 00000000',
      true,
    ],
    [
      'a session that is registered',
      '65000400 00000000 00000000 0102030405060708 00000000 01000000',
      '65000400 0101002a 00000000 0102030405060708 00000000 01000000',
      false,
    ],
    [
      'a session that is not',
      '65000400 00000000 00000000 0102030405060708 00000000 09000000',
      '65000400 00000000 69000000 0102030405060708 00000000 01000000',
      true,
    ],
  ],
  dnp3: [
    ['a command that was done', master(`c003${control('00')}`), outstation(`c0810000${control('00')}`), false],
    ['a command without selection', master(`c004${control('00')}`), outstation(`c0810000${control('02')}`), true],
    [
      'an analog output that was set',
      master('c00529022801000100000100'),
      outstation('c081000029022801000100000100'),
      false,
    ],
    ['one out of range', master('c00529022801000100000100'), outstation('c08100002902280100010000010b'), true],
    ['an empty answer', master('c00232010701010203040506'), outstation('c0810000'), false],
    ['a device that was restarted and has events', master('c001 3c02 06'), outstation('c0818e08'), false],
    ['a function that is not there', master('c00d'), outstation('c0810001'), true],
    ['an object that is not there', master('c001 6e00 06'), outstation('c0810002'), true],
    ['a parameter out of range', master('c001 0102 00 0009'), outstation('c0810004'), true],
    ["events of others' commands", master('c001 3c02 06'), outstation('c0810000 0d01 1701 05 04'), false],
    [
      'a file that is opened',
      master('c019 4603 5b00'),
      outstation('c0810000 4604 5b01 0d00 01000000 10000000 0001 0100 00'),
      false,
    ],
    [
      'a file that is not there',
      master('c019 4603 5b00'),
      outstation('c0810000 4604 5b01 0d00 00000000 00000000 0001 0100 03'),
      true,
    ],
    [
      'a block that was not written',
      master('c002 4605 5b00'),
      outstation('c0810000 4606 5b01 0900 01000000 00000000 10'),
      true,
    ],
    ['authentication that failed', master('c020 7801 5b00'), outstation('c0830000 7807 5b00'), true],
    ['a link that is reset', link(0xc0), link(0x00), false],
    ['a link that does not know the service', link(0xc2), link(0x0f), true],
  ],
  iec104: [
    ['an activation that is confirmed', asdu('06'), asdu('07'), false],
    ['one that is terminated', asdu('06'), asdu('0a'), false],
    ['one that is confirmed negatively', asdu('06'), asdu('47'), true],
    ['a deactivation that is confirmed', asdu('08'), asdu('09'), false],
    ['a type that is not known', asdu('06'), asdu('6c'), true],
    ['a cause that is not known, without the negative bit', asdu('06'), asdu('2d'), true],
    ['a common address that is not known', asdu('06'), asdu('2e'), true],
    ['an object that is not known', asdu('06'), asdu('2f'), true],
  ],
  bacnet: [
    ['a property that was written', bacnetWrite, '810a 0009 0100 20010f', false],
    ['an Error', bacnetWrite, '810a 000d 0100 50010f 9102 9128', true],
    ['a Reject', bacnetWrite, '810a 0009 0100 600109', true],
    ['an Abort of the device', bacnetWrite, '810a 0009 0100 710104', true],
    ['a registration that succeeded', '8105 0006 0010', '8100 0006 0000', false],
  ],
  opcua: [
    ['values that are bad', opcAsked, hexOf(readAnswer), false],
    ['a ServiceFault', opcAsked, service(397, bad, ''), true],
    ['a ServiceFault behind a good header', opcAsked, service(634, bad, '00000000 00000000'), true],
    ['a service without operations', opcAsked, service(676, good, '00000000 00000000'), false],
    ['values that were written', opcAsked, service(676, good, `02000000 ${good}${good} 00000000`), false],
    ['one of two values', opcAsked, service(676, good, `02000000 ${good}${bad} 00000000`), true],
    ['an uncertain one', opcAsked, service(676, good, '01000000 00009040 00000000'), false],
    ['a call', opcAsked, service(715, good, `01000000 ${good} 00000000 00000000 00000000 00000000`), false],
    [
      'one of two calls',
      opcAsked,
      service(
        715,
        good,
        `02000000 ${good} 00000000 00000000 01000000 0601000000 ${bad} 00000000 00000000 00000000 00000000`,
      ),
      true,
    ],
    [
      'an argument of a call',
      opcAsked,
      service(715, good, `01000000 ${good} 01000000 ${bad} 00000000 00000000 00000000`),
      true,
    ],
    ['a node that is not added', opcAsked, service(491, good, `01000000 ${bad} 0000 00000000`), true],
    [
      'an item that is watched',
      opcAsked,
      service(754, good, `01000000 ${good} 01000000 0000000000000000 01000000 000000 00000000`),
      false,
    ],
    ['results that are cut off', opcAsked, service(676, good, `04000000 ${good}`), false],
  ],
  s7comm: [
    ['a variable that was written', job(`0501${byte}`, '00040008ff'), result('0501', 'ff'), false],
    ['a variable that may not be written', job(`0501${byte}`, '00040008ff'), result('0501', '03'), true],
    ['the second of two', job(`0502${byte}${byte}`, '00040008ff0000040008ff'), result('0502', 'ff05'), true],
    ['variables that are read', job(`0402${byte}${byte}`), result('0402', 'ff0400080100ff04000802'), false],
    ['one of two that are read, without its request', job('f0'), result('0402', 'ff04000801000a000000'), true],
    ['an error of the header', job(`0501${byte}`, '00040008ff'), result('', '', '8104'), true],
    ['sizes that are agreed on', job('f0000001000101e0'), result('f0000001000100f0'), false],
    ['a stop', job('29000000000009505f50524f4752414d'), result('29'), false],
    ['a stop that is not done', job('29000000000009505f50524f4752414d'), result('29', '', '8001'), true],
    ['a part of a block', job('1e00000000000001'), result('1e01', '000400fb00112233'), false],
    ['a part of a block with an error', job('1e00000000000001'), result('1e02'), true],
    ['userdata without data', userdata('4', ''), userdata('8', '00000000'), false],
    ['userdata with an error', userdata('4', ''), userdata('8', '00008104'), true],
    ['a connection that is not made', '03000016 11e00000000100c0010ac1020100c2020102', '0300000b 06800001000088', true],
    ['S7comm-plus that succeeded', plusAsked, plus('320000054c00000003340001000000000000'), false],
    ['S7comm-plus with a warning', plusAsked, plus('320000054c0000000334810100000000000000'), false],
    ['S7comm-plus with an error', plusAsked, plus('320000054c000000033483ff6f00000000000000'), true],
    ['S7comm-plus with an error of nine bytes', plusAsked, plus('320000054c0000000334c0dea0d580c681fff1000000'), true],
  ],
}

for (const name of Object.keys(rows).filter(isProtocolName))
  describe(`${name}: what is refused and what is not`, () => {
    for (const [sentence, asked, answered, refused] of rows[name])
      test(sentence, () => {
        const reader = new Reader(codecs[name])
        reader.read(bytesOf(asked), true)
        const message = reader.read(bytesOf(answered), false)
        assert.equal(message.fault, undefined)
        assert.equal(message.role, 'response')
        assert.equal(message.refused, refused)
      })
  })
