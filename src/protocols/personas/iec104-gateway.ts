/** A gateway between serial devices and a control centre: MOXA MGate 5114. */
import { definePersona } from '#core/persona.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { Iec104Profile } from '../iec104/personality-profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

const points = (
  type: 1 | 11 | 13 | 15,
  first: number,
  count: number,
  max?: number,
  from = 0,
): Iec104Profile['points'] =>
  Array.from({ length: count }, (_, index) => ({
    type,
    ioa: first + index,
    point: from + index,
    ...(max === undefined ? {} : { max }),
    group: 1,
  }))

const station: Iec104Profile = {
  commonAddress: 3,
  // IEC 60870-5-104, 9.6: the values that the standard proposes.
  k: 12,
  w: 8,
  points: [
    ...points(1, 1, 12),
    ...points(11, 101, 8, 10_000, 4),
    ...points(13, 201, 6, 100),
    ...points(15, 401, 2, 100_000, 3),
  ],
  commands: [
    { type: 45, ioa: 1001, shows: 9 },
    { type: 45, ioa: 1002, select: true, shows: 10 },
    { type: 45, ioa: 1003, select: true, shows: 11 },
    { type: 46, ioa: 1101, select: true },
    { type: 49, ioa: 1201, shows: 108 },
    { type: 50, ioa: 1301, shows: 206 },
  ],
}

const web: HttpProfile = {
  server: 'MoxaHttp/2.2',
  title: 'MGate 5114',
  heading: 'MGate 5114',
  login: { kind: 'form', action: '/goform/Login', user: 'Username', password: 'Password' },
  facts: {
    Model: 'MGate 5114',
    Name: '{name}',
    'Serial No.': '{serial}',
    Firmware: '{firmware}',
    'MAC Address': '{mac}',
  },
  paths: ['/home.asp', '/Login.asp'],
  accent: '#008787',
}

const snmp: SnmpProfile = {
  sysDescr: 'MGate 5114',
  // Below enterprise 8691, Moxa.
  sysObjectId: '1.3.6.1.4.1.8691.2.21',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'eth0',
}

export const iec104Gateway = definePersona({
  id: 'iec104-gateway',
  title: 'MOXA MGate 5114',
  vendor: 'MOXA',
  model: 'MGate 5114',
  firmware: 'V1.3',
  kind: 'gateway',
  ouis: ['00:90:e8'],
  // nmap-os-db 7.93, "Moxa NPort 5610 terminal server": TTL 64, window 0x1000, MSS 1460 or less and no other option.
  ttl: 64,
  window: 4096,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
  serial: 'TBB@B1######',
  name: 'MGate5114-#####',
  services: [
    { service: 'iec104', transport: 'tcp', port: 2404, profile: station },
    { service: 'http', transport: 'tcp', port: 80, profile: web },
    { service: 'http', transport: 'tcp', port: 443, tls: true, profile: web },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
