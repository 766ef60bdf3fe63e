import { definePersona } from '#core/persona.ts'
import type { FtpProfile } from '../ftp/profile.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { ModbusProfile } from '../modbus/personality-profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

/** The processor's port takes any unit identifier of a server for itself (EIO0000000110, Modbus messaging). */
const modbus: ModbusProfile = {
  units: [
    { from: 0, to: 247 },
    { from: 255, to: 255 },
  ],
  functions: [1, 2, 3, 4, 5, 6, 8, 15, 16, 17, 22, 23, 43, 90],
  coils: 512,
  inputs: 512,
  registers: 1024,
  inputRegisters: 1024,
  shared: true,
  process: {
    registers: [
      { at: 0, point: 0, max: 10_000 },
      { at: 1, point: 1, max: 10_000 },
      { at: 2, point: 2, max: 1500 },
      { at: 3, point: 3, max: 20_000 },
      { at: 4, point: 4, max: 10_000 },
      { at: 5, point: 5, max: 10_000 },
      { at: 10, point: 0, max: 12.5, as: 'float' },
      { at: 12, point: 1, max: 48, as: 'float' },
      { at: 14, point: 2, max: 150, as: 'float' },
    ],
    coils: [
      { at: 0, point: 0 },
      { at: 1, point: 1 },
      { at: 2, point: 2 },
    ],
  },
  identification: { 0: 'Schneider Electric', 1: '{model}', 2: 'v{firmware}' },
  server: { id: 0x01, text: '{model}' },
  umas: {
    hardware: [0x06, 0x30, 0xd0, 0x0c, 0x01, 0x00],
    version: 0x0290,
    processor: 'BMX P34 2020',
    project: 'Project',
    longest: 1021,
  },
}

const http: HttpProfile = {
  server: 'Schneider-WEB/V2.1.4',
  title: 'BMX P34 2020',
  heading: 'Modicon M340 - FactoryCast',
  login: { kind: 'basic', realm: 'Schneider Web' },
  facts: {
    Reference: '{model}',
    'Firmware version': 'V{firmware}',
    'MAC address': '{mac}',
    'IP address': '{address}',
    'Device name': '{name}',
  },
  paths: ['/index.htm', '/html/english/index.htm'],
  accent: '#3dcd58',
}

const snmp: SnmpProfile = {
  sysDescr: 'Product: BMX P34 2020 - Ethernet CPU. FW: {firmware}',
  // Enterprise 3833: Schneider Electric (groupeschneider).
  sysObjectId: '1.3.6.1.4.1.3833.1.7.255.34',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'BMX P34 2020 - Ethernet',
}

const ftp: FtpProfile = { greeting: 'FTP server ready.', system: 'VxWorks' }

export const modiconM340 = definePersona({
  id: 'modicon-m340',
  title: 'Schneider Electric Modicon M340',
  vendor: 'Schneider Electric',
  model: 'BMX P34 2020',
  firmware: '2.9',
  kind: 'plc',
  // Télémécanique's, which Modicons have to this day, and Schneider's own.
  ouis: ['00:80:f4', '00:00:54'],
  // nmap-os-db, "Schneider Electric TSX ETY programmable logic controller": T=40, W=2000, O=M200NW0.
  ttl: 64,
  window: 8192,
  timestamps: false,
  windowScaling: true,
  sack: false,
  mss: 512,
  numbersPackets: true,
  allowsFragments: true,
  serial: '21############',
  name: 'M340-@@###',
  services: [
    { service: 'modbus', transport: 'tcp', port: 502, profile: modbus },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
    { service: 'ftp', transport: 'tcp', port: 21, profile: ftp },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
