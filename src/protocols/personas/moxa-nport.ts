/** A serial device server. What it says over Telnet is what nmap-service-probes knows NPort by. */
import { definePersona } from '#core/persona.ts'
import type { HttpProfile } from '../http/profile.ts'
import type { SnmpProfile } from '../snmp/profile.ts'
import { doIt, iac, will } from '../telnet/options.ts'
import type { TelnetProfile } from '../telnet/profile.ts'

const rule = '-'.repeat(77)
const [binary, echo, suppressGoAhead] = [0, 1, 3] as const

const telnet: TelnetProfile = {
  negotiation: [iac, will, echo, iac, will, suppressGoAhead, iac, will, binary, iac, doIt, echo, iac, doIt, binary],
  newline: '\r\0\n',
  banner: `\n\n${rule}\nModel name       : {model}\nMAC address      : {MAC}\nSerial No.       : {serial}\nFirmware version : {firmware}\nSystem uptime    : {uptime}\n${rule}\n\n`,
  asksUser: true,
  loginPrompt: 'Please keyin your username: ',
  passwordPrompt: 'Please keyin your password: ',
  refusal: 'Login failed\n\n',
}

const http: HttpProfile = {
  server: 'MoxaHttp/2.2',
  title: 'NPort Web Console',
  heading: 'MOXA NPort Web Console',
  login: { kind: 'form', action: '/Login.htm', user: 'Username', password: 'Password' },
  facts: {
    'Model name': '{model}',
    'Serial No.': '{serial}',
    'Firmware version': '{firmware}',
    'Ethernet MAC address': '{MAC}',
    'Server name': '{name}',
  },
  paths: ['/main.htm', '/home.htm', '/Login.htm'],
  accent: '#008787',
}

const snmp: SnmpProfile = {
  sysDescr: '{model}',
  // Moxa is 8691, device servers 2; 7 is what NPort 5000 answers.
  sysObjectId: '8691.2.7',
  communities: ['public'],
  sysContact: '',
  sysLocation: '',
  interface: 'Ethernet',
}

export const moxaNport = definePersona({
  id: 'moxa-nport',
  title: 'Moxa NPort 5150',
  vendor: 'Moxa',
  model: 'NPort 5150',
  firmware: '3.8 Build 19091812',
  kind: 'gateway',
  ouis: ['00:90:e8'],
  // nmap-os-db, "MOXA NPort 5110 serial device server": TG=40, W1=1000, O1=M5B4 and no other option.
  ttl: 64,
  window: 4096,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
  serial: '######',
  name: 'NP5150-#####',
  services: [
    { service: 'telnet', transport: 'tcp', port: 23, profile: telnet },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
    { service: 'snmp', transport: 'udp', port: 161, profile: snmp },
  ],
})
