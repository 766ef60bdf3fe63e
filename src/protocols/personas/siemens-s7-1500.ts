/** A modular controller: SIMATIC S7-1500, CPU 1511-1 PN. */
import { definePersona } from '#core/persona.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { S7Profile } from '../s7comm/personality-profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

const order = '6ES7 511-1AK02-0AB0'
const firmware = 'V2.9.4'

const s7: S7Profile = {
  order,
  hardwareVersion: 4,
  firmware,
  plant: '=B##+S#',
  copyright: 'Original Siemens Equipment',
  moduleType: 'CPU 1511-1 PN',
  // CPU 1511-1 PN manual, technical specifications: 960 bytes, 96 connections, 2048 S5 counters and timers.
  pdu: 960,
  parallel: 8,
  connections: 96,
  rack: 0,
  slots: [0, 1],
  names: ['SIMATIC-ROOT-HMI', 'SIMATIC-ROOT-ES'],
  areas: {
    I: {
      size: 32_768,
      fields: [
        ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit) => ({ at: 0, bit, type: 'bool', point: bit }) as const),
        ...[0, 1, 2, 4].map((point, index) => ({ at: 256 + 2 * index, type: 'int', point, max: 27_648 }) as const),
      ],
    },
    Q: { size: 32_768, fields: [{ at: 0, bit: 0, type: 'bool', point: 0 }] },
    M: { size: 16_384, fields: [{ at: 100, type: 'real', point: 2, max: 150 }] },
  },
  dataBlocks: {
    1: {
      size: 256,
      fields: [
        { at: 0, type: 'real', point: 0 },
        { at: 4, type: 'real', point: 1, max: 60 },
        { at: 8, type: 'real', point: 2, max: 150 },
        { at: 12, type: 'int', point: 0, max: 1000 },
        { at: 14, type: 'bool', bit: 0, point: 0 },
        { at: 14, type: 'bool', bit: 1, point: 1 },
        { at: 16, type: 'dint', point: 3, max: 36_000 },
      ],
    },
    20: {
      size: 512,
      fields: [0, 1, 2, 3, 4, 5].map((index) => ({ at: 4 * index, type: 'real', point: 4 + index }) as const),
    },
    100: { size: 1024, fields: [{ at: 0, type: 'dint', point: 3, max: 100_000 }] },
  },
  counters: 2048,
  timers: 2048,
  program: { OB: [1, 30, 82, 86, 100], FB: [1, 2, 10, 11], FC: [1, 2, 3, 20] },
}

const web: HttpProfile = {
  title: '{name}',
  heading: 'SIMATIC S7-1500',
  login: { kind: 'form', action: '/FormLogin', user: 'Login', password: 'Password' },
  facts: {
    Station: '{name}',
    Module: 'CPU 1511-1 PN',
    'Order number': order,
    Firmware: '{firmware}',
    'Serial number': '{serial}',
    'Operating mode': 'RUN',
  },
  paths: ['/Default.mwsl', '/Portal/Portal.mwsl', '/Portal/Intro.mwsl'],
  accent: '#009999',
}

const snmp: SnmpProfile = {
  sysDescr: `Siemens, SIMATIC S7, CPU1511-1 PN, ${order}, HW: 4, FW: ${firmware}, {serial}`,
  sysObjectId: '1.3.6.1.4.1.4329.6.3.2',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'Siemens, SIMATIC S7, internal, X1',
  // AUTOMATION-SYSTEM-MIB: order number, serial, revisions of hardware and software.
  objects: {
    '1.3.6.1.4.1.4329.6.3.2.1.1.2.0': order,
    '1.3.6.1.4.1.4329.6.3.2.1.1.3.0': '{serial}',
    '1.3.6.1.4.1.4329.6.3.2.1.1.4.0': '4',
    '1.3.6.1.4.1.4329.6.3.2.1.1.5.0': firmware,
  },
}

export const siemensS71500 = definePersona({
  id: 'siemens-s7-1500',
  title: 'Siemens SIMATIC S7-1500',
  vendor: 'Siemens',
  model: 'CPU 1511-1 PN',
  firmware,
  kind: 'plc',
  ouis: ['28:63:36', 'ac:64:17'],
  // TTL as the S7-1200 has it (see there); the window is that of the controller in cisagov/icsnpp-s7comm, s7comm_plus.pcap.
  ttl: 30,
  window: 8192,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
  serial: 'S C-@#@#########',
  name: 'cpu-%%%%%%',
  services: [
    { service: 's7comm', transport: 'tcp', port: 102, profile: s7 },
    { service: 'http', transport: 'tcp', port: 80, profile: web },
    { service: 'http', transport: 'tcp', port: 443, tls: true, profile: web },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
