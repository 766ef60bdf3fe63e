/** What machines say to each other in three protocols: polls, set-points, and what nobody should say. */
import { bytesOf } from '#protocols/reading.ts'
import type { ProtocolName } from '#protocols/index.ts'
import type { Exchange } from './recorder.ts'

/** The `n`-th message of a session, counted from 0. */
type Say = (n: number) => Exchange

export interface Speech {
  readonly protocol: ProtocolName
  readonly port: number
  /** Before anything else. */
  readonly opening: readonly Exchange[]
  /** Of the HMI, and of the historian. */
  readonly poll: Say
  readonly record: Say
  readonly set: (n: number, value: number) => Exchange
  /** At a place that nobody writes to otherwise. */
  readonly setElsewhere: (n: number, value: number) => Exchange
  /** Of one object, by its number. */
  readonly read: (n: number, object: number) => Exchange
  /** Changes the operating mode, and the ATT&CK techniques of that. */
  readonly stop: Say
  readonly stopTechniques: readonly string[]
  /** Writes program or configuration; absent where the protocol has nothing of the kind. */
  readonly download?: readonly Say[]
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
const swapped = (value: number) => hex(((value & 255) << 8) | (value >> 8), 4)

const modbus = (n: number, pdu: string): Uint8Array =>
  bytesOf(`${hex(n, 4)} 0000 ${hex(pdu.replaceAll(' ', '').length / 2 + 1, 4)} 01 ${pdu}`)
const reads =
  (register: number, count: number): Say =>
  (n) => [
    modbus(n, `03 ${hex(register, 4)} ${hex(count, 4)}`),
    modbus(n, `03 ${hex(count * 2, 2)} ${'0007'.repeat(count)}`),
  ]
const writes = (n: number, register: number, value: number): Exchange => {
  const pdu = `06 ${hex(register, 4)} ${hex(value, 4)}`
  return [modbus(n, pdu), modbus(n, pdu)]
}
const echoed =
  (pdu: string): Say =>
  (n) => [modbus(n, pdu), modbus(n, pdu)]

/** MODBUS Application Protocol V1.1b3: force listen only mode is diagnostics 4, write file record is function 21. */
const modbusSpeech: Speech = {
  protocol: 'modbus',
  port: 502,
  opening: [],
  poll: reads(100, 20),
  record: reads(300, 8),
  set: (n, value) => writes(n, 10, value),
  setElsewhere: (n, value) => writes(n, 77, value),
  read: (n, object) => reads(1000 + object * 3, 1)(n),
  stop: (n) => [modbus(n, '08 0004 0000')],
  stopTechniques: ['T0858'],
  download: [0, 1, 2, 3].map((record) => echoed(`15 0b 06 0004 ${hex(record, 4)} 0002 06af 04be`)),
}

const job = (n: number, kind: '01' | '03', param: string, data = ''): Uint8Array => {
  const [p, d] = [param.replaceAll(' ', ''), data.replaceAll(' ', '')]
  const head = kind === '03' ? 12 : 10
  return bytesOf(
    `0300 ${hex(7 + head + (p.length + d.length) / 2, 4)} 02f080 32${kind}0000 ${hex(n, 4)} ${hex(p.length / 2, 4)} ${hex(d.length / 2, 4)} ${kind === '03' ? '0000' : ''} ${p} ${d}`,
  )
}
const dbRead =
  (db: number, at: number, bytes: number): Say =>
  (n) => [
    job(n, '01', `0401 120a1002 ${hex(bytes, 4)} ${hex(db, 4)} 84 ${hex(at * 8, 6)}`),
    job(n, '03', '0401', `ff04 ${hex(bytes * 8, 4)} ${'07'.repeat(bytes)}`),
  ]
const dbWrite = (n: number, at: number, value: number): Exchange => [
  job(n, '01', `0501 120a1004 0001 0001 84 ${hex(at * 8, 6)}`, `0004 0010 ${hex(value, 4)}`),
  job(n, '03', '0501', 'ff'),
]
const block = '095f3041303030303150'
const asked =
  (param: string): Say =>
  (n) => [job(n, '01', param), job(n, '03', param.slice(0, 2))]

/** The messages of golden-variables.ts and golden-program.ts, with numbers of their own. */
const s7Speech: Speech = {
  protocol: 's7comm',
  port: 102,
  opening: [
    [
      bytesOf('03000016 11e00000000100c0010ac1020100c2020102'),
      bytesOf('03000016 11d00001000100c0010ac1020100c2020102'),
    ],
    [job(0, '01', 'f0000001000101e0'), job(0, '03', 'f0000001000101e0')],
  ],
  poll: dbRead(1, 0, 16),
  record: dbRead(2, 0, 8),
  set: (n, value) => dbWrite(n, 20, value),
  setElsewhere: (n, value) => dbWrite(n, 90, value),
  read: (n, object) => dbRead(40 + object, 0, 2)(n),
  stop: asked('29000000000009505f50524f4752414d'),
  stopTechniques: ['T0858', 'T0816'],
  download: [
    asked(`1a00010000000000${block}0d31303030353030303030343030`),
    asked('28000000000000fd000a01003042303230303050055f494e5345'),
  ],
}

/** One numbered message each way per exchange, behind the start of data transfer: IEC 60870-5-104, 5.1. */
const apdu = (sent: number, got: number, asdu: string): Uint8Array => {
  const body = asdu.replaceAll(' ', '')
  return bytesOf(`68 ${hex(body.length / 2 + 4, 2)} ${swapped(sent << 1)} ${swapped(got << 1)} ${body}`)
}
const ioa = (address: number) => `${swapped(address)}00`
const point =
  (address: number): Say =>
  (n) => [
    apdu(n - 1, n - 1, `66 01 0500 0100 ${ioa(address)}`),
    apdu(n - 1, n, `0b 01 0500 0100 ${ioa(address)} 0700 00`),
  ]
const setPoint = (n: number, address: number, value: number): Exchange => [
  apdu(n - 1, n - 1, `31 01 0600 0100 ${ioa(address)} ${swapped(value)} 00`),
  apdu(n - 1, n, `31 01 0700 0100 ${ioa(address)} ${swapped(value)} 00`),
]

const iec104Speech: Speech = {
  protocol: 'iec104',
  port: 2404,
  opening: [[bytesOf('680407000000'), bytesOf('68040b000000')]],
  poll: point(100),
  record: point(300),
  set: (n, value) => setPoint(n, 10, value),
  setElsewhere: (n, value) => setPoint(n, 77, value),
  read: (n, object) => point(1000 + object)(n),
  stop: (n) => [apdu(n - 1, n - 1, '69 01 0600 0100 000000 01'), apdu(n - 1, n, '69 01 0700 0100 000000 01')],
  stopTechniques: ['T0816'],
}

export const speeches: readonly Speech[] = [modbusSpeech, s7Speech, iec104Speech]
