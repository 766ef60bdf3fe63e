/** An operator panel on embedded Linux, with the services that its system settings list (doc.exorint.net, "Services"). */
import { definePersona } from '#core/persona.ts'
import type { FtpProfile } from '../ftp/profile.ts'
import type { HttpProfile } from '../http/profile.ts'
import { dropbear } from '../ssh/profile.ts'
import type { VncProfile } from '../vnc/profile.ts'

const http: HttpProfile = {
  server: 'nginx',
  title: 'JMobile HMI - {name}',
  heading: 'eX707 - {name}',
  login: { kind: 'form', action: '/login', user: 'username', password: 'password' },
  facts: {
    Product: '{model}',
    'Serial number': '{serial}',
    'MAC ID (WAN - eth0)': '{mac}',
    'Main OS version': 'UN65HSXX{firmware}',
  },
  process: [
    { label: 'Tank 1 level', point: 0, unit: 'cm', max: 420 },
    { label: 'Feed', point: 1, unit: 'm³/h', max: 60 },
    { label: 'Temperature', point: 2, unit: '°C', max: 110 },
    { label: 'Produced', point: 3, unit: 'l', max: 12_000 },
  ],
  paths: ['/index.html', '/machine_config', '/machine_config/'],
  values: '/cgi/tags.json',
  accent: '#1d3d6b',
}
const ftp: FtpProfile = { greeting: 'HMI FTP server ready.', system: 'UNIX Type: L8' }
const vnc: VncProfile = { version: '3.8' }

export const hmiPanel = definePersona({
  id: 'hmi-panel',
  title: 'Exor eX707 operator panel',
  vendor: 'Exor International',
  model: 'eX707',
  firmware: '1.0.532',
  kind: 'hmi',
  // SITEK, the company of the group that the panels' addresses are registered to.
  ouis: ['00:30:d8'],
  // Linux 3.10 to 4.9 with its ten segments of 1448 bytes, rounded (tcp_output.c, tcp_select_initial_window): 28960.
  ttl: 64,
  window: 28_960,
  timestamps: true,
  windowScaling: true,
  sack: true,
  serial: 'B####%%%###',
  name: 'HMI-%%%%',
  services: [
    { service: 'ftp', transport: 'tcp', port: 21, profile: ftp },
    { service: 'ssh', transport: 'tcp', port: 22, profile: dropbear },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
    { service: 'http', transport: 'tcp', port: 443, tls: true, profile: http },
    { service: 'vnc', transport: 'tcp', port: 5900, profile: vnc },
  ],
})
