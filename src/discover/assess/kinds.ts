import type { Kind } from '../model.ts'

/** What a machine is, in the words of a plant. */
export const kindNames: Readonly<Record<Kind, string>> = {
  plc: 'PLC',
  rtu: 'RTU',
  sis: 'safety controller',
  drive: 'drive',
  io: 'I/O station',
  hmi: 'HMI',
  historian: 'historian',
  scada: 'SCADA server',
  engineering: 'engineering station',
  workstation: 'workstation',
  server: 'server',
  switch: 'switch',
  router: 'router',
  firewall: 'firewall',
  gateway: 'gateway',
  printer: 'printer',
  camera: 'camera',
  sensor: 'sensor',
  robot: 'robot',
  meter: 'meter',
  relay: 'protection relay',
  other: 'unknown',
}

const vowel = /^(?:[aeio]|[HIR][A-Z/])/

/** `a PLC`, `an HMI`, `a device of unknown kind` */
export const aKind = (kind: Kind): string =>
  kind === 'other' ? 'a device of unknown kind' : `${vowel.test(kindNames[kind]) ? 'an' : 'a'} ${kindNames[kind]}`
