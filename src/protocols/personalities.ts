/** What answers at the ports of personas, by service. Apart from the personas, so that only the decoy host loads it. */
import type { Personality } from '#core/personality.ts'
import { bacnetPersonality } from './bacnet/personality.ts'
import { dnp3Personality } from './dnp3/personality.ts'
import { enipPersonality } from './enip/personality.ts'
import { fins } from './fins/personality.ts'
import { fox } from './fox/personality.ts'
import { ftp } from './ftp/personality.ts'
import { http } from './http/personality.ts'
import { iec104Personality } from './iec104/personality.ts'
import { modbusPersonality } from './modbus/personality.ts'
import { opcua } from './opcua/personality/personality.ts'
import { pcworx } from './pcworx/personality.ts'
import { rdp } from './rdp/personality.ts'
import { s7commPersonality } from './s7comm/personality.ts'
import { smb } from './smb/personality.ts'
import { snmp } from './snmp/personality.ts'
import { telnet } from './telnet/personality.ts'
import { vnc } from './vnc/personality.ts'

const all: readonly Personality[] = [
  // One line each.
  bacnetPersonality,
  dnp3Personality,
  enipPersonality,
  fins,
  fox,
  ftp,
  http,
  iec104Personality,
  modbusPersonality,
  opcua,
  pcworx,
  rdp,
  s7commPersonality,
  smb,
  snmp,
  telnet,
  vnc,
]

export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  all.map((personality) => [personality.service, personality]),
)
