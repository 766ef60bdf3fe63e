import { definePersona } from '#core/persona.ts'
import type { FoxProfile } from '../fox/profile.ts'
import type { HttpProfile } from '../http/profile.ts'

/** Versions and identifiers as public banners of JACE-6 stations with this release show them. */
const fox: FoxProfile = {
  version: '1.0.1',
  hostName: '{name}',
  app: 'Station',
  appVersion: '{firmware}',
  vm: 'Java HotSpot(TM) Client VM',
  vmVersion: '1.5.0_81-b06',
  os: 'QNX',
  osVersion: '6.4.1',
  station: '{name}',
  timeZone:
    'America/Chicago;-21600000;3600000;02:00:00.000,wall,march,8,on or after,sunday,undefined;02:00:00.000,wall,november,1,on or after,sunday,undefined',
  hostId: '{serial}',
  brand: 'vykon',
}
const http: HttpProfile = {
  server: 'Niagara Web Server/{firmware}',
  title: 'Login',
  heading: '{name}',
  login: { kind: 'form', action: '/login', user: 'user', password: 'password' },
  facts: { Station: '{name}', Version: '{firmware}' },
  paths: ['/login', '/ord'],
}

/**
 * TCP/IP: a JACE-6 in a public capture of `fox-info` answers with window 16384, window scale 0 and time stamps, without SACK; TTL 64
 * as QNX has it.
 */
export const niagaraFox = definePersona({
  id: 'niagara-fox',
  title: 'Tridium JACE-600, NiagaraAX 3.8',
  vendor: 'Tridium',
  model: 'JACE-600',
  firmware: '3.8.213',
  kind: 'gateway',
  ouis: ['00:01:f0'],
  ttl: 64,
  window: 16_384,
  timestamps: true,
  windowScaling: true,
  sack: false,
  serial: 'Qnx-NPM6-0000-%%%%-%%%%',
  name: 'JACE-@@##',
  services: [
    { service: 'fox', transport: 'tcp', port: 1911, profile: fox },
    { service: 'fox', transport: 'tcp', port: 4911, tls: true, profile: fox },
    { service: 'http', transport: 'tcp', port: 80, profile: http },
  ],
})
