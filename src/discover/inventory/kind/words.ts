/** Kinds as people say them. */
import type { Kind } from '../../model.ts'

const words: Readonly<Record<Kind, string>> = {
  plc: 'a PLC',
  rtu: 'an RTU',
  sis: 'a safety system',
  drive: 'a drive',
  io: 'an I/O station',
  hmi: 'an HMI',
  historian: 'a historian',
  scada: 'a SCADA server',
  engineering: 'an engineering station',
  workstation: 'a workstation',
  server: 'a server',
  switch: 'a switch',
  router: 'a router',
  firewall: 'a firewall',
  gateway: 'a gateway',
  printer: 'a printer',
  camera: 'a camera',
  sensor: 'a sensor',
  robot: 'a robot',
  meter: 'a meter',
  relay: 'a protection relay',
  other: 'a device of no kind that has a name here',
}

/** `a PLC`, `an HMI`. */
export const kindWords = (kind: Kind): string => words[kind]
