/** A compact controller: SIMATIC S7-1200, CPU 1214C. */
import { definePersona } from '#core/persona.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { S7Profile } from '../s7comm/personality-profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

const order = '6ES7 214-1AG40-0XB0'
const firmware = 'V4.5.2'

const s7: S7Profile = {
  order,
  hardwareVersion: 9,
  firmware,
  plant: '=A##+C#',
  copyright: 'Original Siemens Equipment',
  moduleType: 'CPU 1214C DC/DC/DC',
  // S7-1200 manual, communication: 240 bytes, eight connections of clients.
  pdu: 240,
  parallel: 3,
  connections: 8,
  rack: 0,
  slots: [0, 1],
  names: ['SIMATIC-ROOT-HMI', 'SIMATIC-ROOT-ES'],
  areas: {
    I: {
      size: 1024,
      fields: [
        ...[0, 1, 2, 3, 4, 5, 6, 7].map((bit) => ({ at: 0, bit, type: 'bool', point: bit }) as const),
        // The two analog inputs of this CPU.
        { at: 64, type: 'int', point: 0, max: 27_648 },
        { at: 66, type: 'int', point: 2, max: 27_648 },
      ],
    },
    Q: { size: 1024, fields: [{ at: 0, bit: 0, type: 'bool', point: 0 }] },
    M: { size: 8192, fields: [{ at: 10, type: 'int', point: 3, max: 1000 }] },
  },
  dataBlocks: {
    1: {
      size: 64,
      fields: [
        { at: 0, type: 'real', point: 0 },
        { at: 4, type: 'real', point: 1, max: 40 },
        { at: 8, type: 'real', point: 2, max: 120 },
        { at: 12, type: 'int', point: 0, max: 1000 },
        { at: 14, type: 'bool', bit: 0, point: 0 },
        { at: 14, type: 'bool', bit: 1, point: 1 },
        { at: 16, type: 'dint', point: 3, max: 36_000 },
      ],
    },
    2: { size: 32, fields: [0, 4, 8, 12].map((at, index) => ({ at, type: 'real', point: 4 + index }) as const) },
    10: { size: 128, fields: [{ at: 0, type: 'int', point: 3, max: 5000 }] },
  },
  counters: 0,
  timers: 0,
  program: { OB: [1, 100], FB: [1, 2], FC: [1, 2, 3] },
}

const web: HttpProfile = {
  title: '{name}',
  heading: 'SIMATIC S7-1200',
  login: { kind: 'form', action: '/FormLogin', user: 'Login', password: 'Password' },
  facts: {
    Station: '{name}',
    Module: 'CPU 1214C DC/DC/DC',
    'Order number': order,
    Firmware: '{firmware}',
    'Serial number': '{serial}',
    'Operating mode': 'RUN',
  },
  paths: ['/Default.mwsl', '/Portal/Portal.mwsl', '/Portal/Intro.mwsl'],
  accent: '#009999',
}

const snmp: SnmpProfile = {
  sysDescr: `Siemens, SIMATIC S7, CPU-1200, ${order}, HW: 9, FW: V.4.5.2, {serial}`,
  sysObjectId: '1.3.6.1.4.1.4329.6.3.2',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'Siemens, SIMATIC S7, internal, X1',
  // AUTOMATION-SYSTEM-MIB: order number, serial, revisions of hardware and software.
  objects: {
    '1.3.6.1.4.1.4329.6.3.2.1.1.2.0': order,
    '1.3.6.1.4.1.4329.6.3.2.1.1.3.0': '{serial}',
    '1.3.6.1.4.1.4329.6.3.2.1.1.4.0': '9',
    '1.3.6.1.4.1.4329.6.3.2.1.1.5.0': firmware,
  },
}

export const siemensS71200 = definePersona({
  id: 'siemens-s7-1200',
  title: 'Siemens SIMATIC S7-1200',
  vendor: 'Siemens',
  model: 'CPU 1214C DC/DC/DC',
  firmware,
  kind: 'plc',
  ouis: ['00:1c:06', 'e0:dc:a0', '8c:f3:19'],
  // As the S7-1200 of ntop/nDPI, tests/cfgs/default/pcap/s7comm-plus.pcap, answers a SYN: TTL 30, window 4096, MSS 1460 alone.
  ttl: 30,
  window: 4096,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
  serial: 'S C-@#@#########',
  name: 'plc-%%%%%%',
  services: [
    { service: 's7comm', transport: 'tcp', port: 102, profile: s7 },
    { service: 'http', transport: 'tcp', port: 80, profile: web },
    { service: 'http', transport: 'tcp', port: 443, tls: true, profile: web },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
