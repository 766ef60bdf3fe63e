/** Requests to decoys that speak EtherNet/IP, in the order of one session, and the CIP reply to the last one. */
import { bytesOf } from '../reading.ts'
import { packet, pccc, readTag, u16, writeTag } from './building.ts'

export const bare = (hex: string): string => hex.replaceAll(' ', '')
const text = (value: string): string => Buffer.from(value, 'latin1').toString('hex')
/** The request inside an Unconnected Send to a slot. */
export const toSlot = (cip: string, slot = 0): string => {
  const { length } = bytesOf(cip)
  return `52 02 2006 2401 0a0e ${u16(length)} ${cip} ${length % 2 === 1 ? '00' : ''} 0100 01${u16(slot).slice(0, 2)}`
}
export const tank = text('1756-EN2T/D')
const logix = text('1756-L71/B LOGIX5571')
const micro = text('1766-L32BXBA B/15.00')
export const read = (hex: string): string => `cc000000${hex}`

export type Row = readonly [sentence: string, requests: readonly string[], answer: string]
export const ofControlLogix: readonly Row[] = [
  ['the port is its module', ['01 02 2001 2401'], `81000000 0100 0c00 a600 0a07 3000 1d2c3b4a 0b ${tank}`],
  ['the serial number is the decoy’s', ['0e 03 2001 2401 3006'], '8e000000 1d2c3b4a'],
  ['an attribute that is not there', ['0e 03 2001 2401 3063'], '8e001400'],
  ['the class has a revision', ['0e 03 2001 2400 3001'], '8e000000 0100'],
  ['a class that is not there', ['01 02 2077 2401'], '81000500'],
  ['an instance that is not there', ['01 02 2001 2402'], '81000500'],
  [
    'several attributes, one of them unknown',
    ['03 02 2001 2401 0200 0100 6300'],
    '83000a00 0200 0100 0000 0100 6300 1400',
  ],
  ['the message router lists the classes', ['0e 03 2002 2401 3001'], '8e000000 0400 0100 0600 f500 f600'],
  [
    'the interface has the decoy’s address',
    ['0e 03 20f5 2401 3005'],
    '8e000000 280112c6 00ffffff 010112c6 00000000 00000000 0000',
  ],
  ['the interface has the decoy’s name', ['0e 03 20f5 2401 3006'], `8e000000 0a00 ${text('LINE3-PLC7')}`],
  ['the Ethernet link has the decoy’s address', ['0e 03 20f6 2401 3003'], '8e000000 001b1b123456'],
  ['time synchronisation is not there', ['01 02 2043 2401'], '81000500'],
  ['nobody resets it', ['05 02 2001 2401 00'], '85000f00'],
  ['an identity cannot be set', ['10 03 2001 2401 3007 0461626364'], '90000e00'],
  ['firmware is not taken', ['4b 02 20a1 2401 01'], 'cb000f00'],
  ['files are not given', ['4b 02 2037 2401 01'], 'cb000f00'],
  ['the module itself has no tags', [readTag('Tank_Level')], 'cc000500'],
  ['a service that nobody knows', ['32 02 2001 2401'], 'b2000800'],
  ['a path that contradicts itself', ['01 02 2001 ff01'], '81000401 0000'],
  ['the controller is in slot 0', [toSlot('010220012401')], `81000000 0100 0e00 5c00 1413 6030 SERIAL 14 ${logix}`],
  ['the module is in slot 1', [toSlot('0e03200124013007', 1)], `8e000000 0b ${tank}`],
  ['attributes that do not fit one answer', [`03 02 2002 2401 ${u16(60)} ${'0100'.repeat(60)}`], '83001100'],
  ['an empty slot', [toSlot('010220012401', 5)], 'd2000101 1203'],
  ['a way over a port that is not there', ['52 02 2006 2401 0a0e 0600 010220012401 0100 0201'], 'd2000101 1103'],
  ['the controller has a name', [toSlot('0e03206424013001')], `8e000000 0a00 ${text('LINE3_PLC7')}`],
  ['a real tag', [toSlot(readTag('Tank_Level'))], read('ca00 0000c841')],
  ['a tag’s name is of any case', [toSlot(readTag('TANK_LEVEL'))], read('ca00 0000c841')],
  ['a bit', [toSlot(readTag('Inlet_Open'))], read('c100 01')],
  ['a count', [toSlot(readTag('Batch_Count'))], read('c400 f82a0000')],
  ['elements of an array', [toSlot(readTag('Analog_In', 2))], read('c300 4c1d 0429')],
  ['elements beyond the end of an array', [toSlot(readTag('Analog_In', 9))], 'cc00ff01 0521'],
  ['no element at all', [toSlot(readTag('Analog_In', 0))], 'cc00ff01 0521'],
  ['a tag of a program', [toSlot(readTag('Program:MainProgram.Auto'))], read('c100 01')],
  ['a tag of a program is none of the controller', [toSlot(readTag('Auto'))], 'cc000401 0000'],
  ['a tag that is not there', [toSlot(readTag('Nope'))], 'cc000401 0000'],
  ['a structure', [toSlot(readTag('TIC_101'))], read('a002 1d6c 00008742 0000c042 00008242 02000000')],
  ['part of a tag', [toSlot(`52 04 9106 ${text('Recipe')} 0300 04000000`)], 'd2000000 ca00 00000000 00000000'],
  [
    'a written tag is remembered',
    [toSlot(writeTag('Recipe_No', 0xc4, '07000000')), toSlot(readTag('Recipe_No'))],
    read('c400 07000000'),
  ],
  ['writing is acknowledged', [toSlot(writeTag('Recipe_No', 0xc4, '07000000'))], 'cd000000'],
  ['a value of another type', [toSlot(writeTag('Recipe_No', 0xca, '07000000'))], 'cd00ff01 0721'],
  ['a value too short', [toSlot(writeTag('Recipe_No', 0xc4, '0700'))], 'cd001300'],
  ['a value too long', [toSlot(writeTag('Recipe_No', 0xc4, '0700000000000000'))], 'cd001500'],
  [
    'what the program computes does not stay written',
    [toSlot(writeTag('Tank_Level', 0xca, '00000000')), toSlot(readTag('Tank_Level'))],
    read('ca00 0000c841'),
  ],
  ['structures are the program’s', [toSlot(writeTag('TIC_101', 0xc4, '07000000'))], 'cd000f00'],
  [
    'bits of a tag are not set by mask',
    [toSlot('4e 06 9109 526563697065 5f4e6f 00 0400 ffffffff ffffffff')],
    'ce000f00',
  ],
  [
    'several in one packet, one of them unknown',
    [toSlot(bare(packet(readTag('Recipe_No'), readTag('Nope'))))],
    '8a001e00 0200 0600 1000 cc000000c40004000000 cc0004010000',
  ],
  [
    'several in one packet',
    [toSlot(bare(packet(readTag('Recipe_No'), readTag('Inlet_Open'))))],
    '8a000000 0200 0600 1000 cc000000c40004000000 cc000000c10001',
  ],
  ['a packet without services', ['0a 02 2002 2401 0000'], '8a001300'],
  [
    'a structure’s size and members',
    [toSlot('03 03 206c 25 00 f302 0400 0400 0500 0200 0100')],
    '83000000 0400 0400 0000 15000000 0500 0000 10000000 0200 0000 0400 0100 0000 1d6c',
  ],
  [
    'a structure’s definition begins with its members',
    [toSlot('4c 03 206c 25 00 f302 00000000 0800')],
    'cc000000 0000 ca00 00000000',
  ],
  ['a structure that is not there', [toSlot('4c 03 206c 25 00 f402 00000000 0800')], 'cc000500'],
  ['tags are listed from an instance on', [toSlot('55 03 206b 25 00 ffff 0200 0100 0200')], 'd5000000'],
  [
    'tags of a program that is not there',
    [toSlot(`55 0a 910c ${text('Program:Nope')} 206b 25 00 0000 0100 0100`)],
    'd5000401 0000',
  ],
]
export const ofMicroLogix: readonly Row[] = [
  ['it says what it is', ['01 02 2001 2401'], `81000000 0100 0e00 5a00 020f 0400 1d2c3b4a 14 ${micro}`],
  ['it has no backplane', [toSlot('010220012401')], 'd2000101 1103'],
  ['an echo', [pccc('06', 1, '00 a1b2')], 'cb000000 074d00e0312b3d 46 00 0100 a1b2'],
  [
    'a diagnostic status',
    [pccc('06', 1, '03')],
    `cb000000 074d00e0312b3d 46 00 0100 00 ee 4a 9f 23 ${text('1766-LEC   ')} 0000 2600 PROG 9efc 01`,
  ],
  ['an integer moves', [pccc('0f', 1, 'a2 02 07 89 00 00')], 'cb000000 074d00e0312b3d 4f 00 0100 c409'],
  ['integers', [pccc('0f', 1, 'a2 04 07 89 0a 00')], 'cb000000 074d00e0312b3d 4f 00 0100 4001 9d03'],
  [
    'integers with two address fields',
    [pccc('0f', 1, 'a1 04 07 89 0a')],
    'cb000000 074d00e0312b3d 4f 00 0100 4001 9d03',
  ],
  ['a float', [pccc('0f', 1, 'a2 04 08 8a 00 00')], 'cb000000 074d00e0312b3d 4f 00 0100 00004840'],
  ['bits', [pccc('0f', 1, 'a2 02 03 85 00 00')], 'cb000000 074d00e0312b3d 4f 00 0100 0100'],
  ['the status file says remote run', [pccc('0f', 1, 'a2 02 02 84 01 00')], 'cb000000 074d00e0312b3d 4f 00 0100 2600'],
  ['a file that is not there', [pccc('0f', 1, 'a2 02 63 89 00 00')], 'cb000000 074d00e0312b3d 4f 50 0100'],
  ['an element that is not there', [pccc('0f', 1, 'a2 02 07 89 64 00')], 'cb000000 074d00e0312b3d 4f 50 0100'],
  ['a file of the program', [pccc('0f', 1, 'a2 02 00 22 00 00')], 'cb000000 074d00e0312b3d 4f 60 0100'],
  [
    'a written integer is remembered',
    [pccc('0f', 1, 'aa 02 07 89 0a 00 3412'), pccc('0f', 2, 'a2 02 07 89 0a 00')],
    'cb000000 074d00e0312b3d 4f 00 0200 3412',
  ],
  [
    'bits under a mask',
    [pccc('0f', 1, 'ab 02 07 89 0a 00 ff00 3412'), pccc('0f', 2, 'a2 02 07 89 0a 00')],
    'cb000000 074d00e0312b3d 4f 00 0200 3401',
  ],
  [
    'what the program computes does not stay written',
    [pccc('0f', 1, 'aa 02 07 89 00 00 3412'), pccc('0f', 2, 'a2 02 07 89 00 00')],
    'cb000000 074d00e0312b3d 4f 00 0200 c409',
  ],
  ['a write without its data', [pccc('0f', 1, 'aa 02 07 89 0a 00')], 'cb000000 074d00e0312b3d 4f 10 0100'],
  ['the mode is not changed', [pccc('0f', 1, '80 06')], 'cb000000 074d00e0312b3d 4f 60 0100'],
  ['the program is not given', [pccc('0f', 1, '53 00')], 'cb000000 074d00e0312b3d 4f 60 0100'],
  ['a command that nobody knows', [pccc('0f', 1, 'f7')], 'cb000000 074d00e0312b3d 4f 10 0100'],
  ['PCCC without a requestor', ['4b 02 2067 2401 00'], 'cb000800'],
]
