import { definePersona } from '#core/persona.ts'
import type { FinsProfile } from '../fins/profile.ts'

/**
 * A CJ2M with its built-in port. EtherNet/IP is off in the unit setup, as FTP and SNMP are when it leaves the factory. Sizes as
 * other units of its series give them over FINS: a program of 20k steps takes 40 kwords.
 */
const fins: FinsProfile = {
  model: '{model}',
  version: '{firmware}',
  programArea: 40,
  ioMemory: 23,
  dataMemoryWords: 32_768,
  timersCounters: 8,
  expansionBanks: 1,
  fullScale: 4000,
}

/** TCP/IP: fingerprint "Omron CJ2M PLC" of nmap-os-db: TTL 32, window 0x1000, MSS 1024, no option beside. */
export const omronCj2 = definePersona({
  id: 'omron-cj2',
  title: 'Omron CJ2M-CPU33',
  vendor: 'Omron',
  model: 'CJ2M-CPU33',
  firmware: '02.01',
  kind: 'plc',
  ouis: ['00:00:0a'],
  ttl: 32,
  window: 4096,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1024,
  numbersPackets: true,
  allowsFragments: true,
  serial: '######M%%',
  name: 'CJ2M-##',
  services: [
    { service: 'fins', transport: 'udp', port: 9600, profile: fins },
    { service: 'fins', transport: 'tcp', port: 9600, profile: fins },
  ],
})
