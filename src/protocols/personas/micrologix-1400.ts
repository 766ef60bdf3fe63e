import { definePersona } from '#core/persona.ts'
import type { EnipProfile } from '../enip/personality-profile.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

/** A revision of the identity: series (B: 2) and firmware; status: configured. */
const enip: EnipProfile = {
  device: {
    vendor: 1,
    deviceType: 14,
    productCode: 90,
    major: 2,
    minor: 15,
    status: 0x04,
    name: '1766-L32BXBA B/15.00',
    state: 0,
  },
  pccc: {
    catalog: '1766-LEC',
    processor: 0x9f,
    series: 0x23,
    files: [
      { number: 0, type: 0x82, size: 4, values: [{ at: 0, source: { digital: 1 } }] },
      { number: 1, type: 0x83, size: 8, values: [{ at: 0, source: { digital: 0 } }] },
      { number: 2, type: 0x84, size: 66, values: [{ at: 1, source: { constant: 0x26 } }] },
      {
        number: 3,
        type: 0x85,
        size: 32,
        values: [
          { at: 0, source: { digital: 0 } },
          { at: 1, source: { digital: 1 } },
        ],
      },
      { number: 4, type: 0x86, size: 10, values: [] },
      { number: 5, type: 0x87, size: 10, values: [] },
      { number: 6, type: 0x88, size: 4, values: [] },
      {
        number: 7,
        type: 0x89,
        size: 100,
        values: [
          { at: 0, source: { analog: 0, max: 10_000 } },
          { at: 1, source: { analog: 1, max: 10_000 } },
          { at: 2, source: { analog: 2, max: 1500 } },
          { at: 3, source: { analog: 3, max: 20_000 } },
          { at: 10, source: { constant: 320 } },
          { at: 11, source: { constant: 925 } },
        ],
      },
      {
        number: 8,
        type: 0x8a,
        size: 32,
        values: [
          { at: 0, source: { analog: 0, max: 12.5 } },
          { at: 1, source: { analog: 1, max: 48 } },
          { at: 2, source: { analog: 2, max: 150 } },
          { at: 10, source: { constant: 32 } },
        ],
      },
    ],
  },
}

const http: HttpProfile = {
  server: 'A-B WWW/0.1',
  title: 'Rockwell Automation',
  heading: 'Allen-Bradley MicroLogix 1400',
  login: { kind: 'basic', realm: '1766-L32BXBA' },
  facts: {
    'Device Name': '1766-L32BXBA',
    'Device Description': 'MicroLogix 1400 Processor',
    'Host Name': '{name}',
    'Ethernet Address (MAC)': '{mac}',
    'IP Address': '{address}',
    'OS Revision': 'Series B FRN {firmware}',
    Mode: 'Remote Run',
  },
  paths: ['/index.html', '/home.htm'],
  accent: '#cd163f',
}

const snmp: SnmpProfile = {
  sysDescr: 'Allen-Bradley {model}',
  // Enterprise 95: Allen-Bradley.
  sysObjectId: '1.3.6.1.4.1.95.1.14',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'MicroLogix 1400 Ethernet',
}

export const micrologix1400 = definePersona({
  id: 'micrologix-1400',
  title: 'Allen-Bradley MicroLogix 1400',
  vendor: 'Rockwell Automation',
  model: '1766-L32BXBA',
  firmware: '15.00',
  kind: 'plc',
  ouis: ['00:1d:9c', '00:00:bc', 'f4:54:33'],
  // nmap-os-db, "Allen Bradley MicroLogix 1100 PLC", its sibling: TG=80, W=800, O=M4000NNS. An MSS of 16,384 is none for Ethernet.
  ttl: 128,
  window: 2048,
  timestamps: false,
  windowScaling: false,
  sack: true,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
  serial: '%%%%%%%%',
  name: 'MLX-@@@##',
  services: [
    { service: 'enip', transport: 'tcp', port: 44_818, profile: enip },
    { service: 'enip', transport: 'udp', port: 44_818, profile: enip },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
