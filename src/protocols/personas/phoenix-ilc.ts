import { definePersona } from '#core/persona.ts'
import type { FtpProfile } from '../ftp/profile.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { PcworxProfile } from '../pcworx/profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'

/** Firmware 4.42 as a capture of this model shows it. */
const pcworx: PcworxProfile = {
  type: '{model}',
  order: '2700976',
  firmware: '{firmware}',
  date: '11/26/15',
  time: '18:46:55',
  revision: 'B0',
}
const http: HttpProfile = {
  title: '{model}',
  heading: 'Phoenix Contact {model}',
  login: { kind: 'basic', realm: '{model}' },
  facts: {
    'Order number': '2700976',
    'Firmware version': '{firmware}',
    'Serial number': '{serial}',
    'MAC address': '{mac}',
    'IP address': '{address}',
  },
  process: [
    { label: 'Level', point: 0, unit: '%', max: 100 },
    { label: 'Inflow', point: 1, unit: 'm³/h', max: 60 },
  ],
}
const ftp: FtpProfile = { greeting: '{model} FTP server ready', system: 'UNIX Type: L8' }
/** 4346 is Phoenix Contact's number. */
const snmp: SnmpProfile = {
  sysDescr: 'Phoenix Contact {model}, FW {firmware}',
  sysObjectId: '4346.11.1.1',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'Ethernet port',
}

/** TCP/IP: fingerprint "Phoenix Contact ILC 171 ETH 2TX PLC" of nmap-os-db, its sibling: TTL 64, window 0x2da0, MSS alone. */
export const phoenixIlc = definePersona({
  id: 'phoenix-ilc',
  title: 'Phoenix Contact ILC 191 ETH 2TX',
  vendor: 'Phoenix Contact',
  model: 'ILC 191 ETH 2TX',
  firmware: '4.42',
  kind: 'plc',
  ouis: ['00:a0:45', 'a8:74:1d'],
  ttl: 64,
  window: 11_680,
  timestamps: false,
  windowScaling: false,
  sack: false,
  numbersPackets: true,
  allowsFragments: true,
  serial: '20########',
  name: 'ILC191-###',
  services: [
    { service: 'pcworx', transport: 'tcp', port: 1962, profile: pcworx },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
    { service: 'ftp', transport: 'tcp', port: 21, profile: ftp },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
