/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'
import { bacnetController } from './bacnet-controller.ts'
import { controllogix1756 } from './controllogix-1756.ts'
import { dnp3Rtu } from './dnp3-rtu.ts'
import { hmiPanel } from './hmi-panel.ts'
import { iec104Gateway } from './iec104-gateway.ts'
import { micrologix1400 } from './micrologix-1400.ts'
import { modiconM340 } from './modicon-m340.ts'
import { moxaNport } from './moxa-nport.ts'
import { niagaraFox } from './niagara-fox.ts'
import { omronCj2 } from './omron-cj2.ts'
import { opcuaServer } from './opcua-server.ts'
import { phoenixIlc } from './phoenix-ilc.ts'
import { siemensS71200 } from './siemens-s7-1200.ts'
import { siemensS71500 } from './siemens-s7-1500.ts'
import { windowsEngineering } from './windows-engineering.ts'

const all: readonly Persona[] = [
  // One line each.
  bacnetController,
  controllogix1756,
  dnp3Rtu,
  hmiPanel,
  iec104Gateway,
  micrologix1400,
  modiconM340,
  moxaNport,
  niagaraFox,
  omronCj2,
  opcuaServer,
  phoenixIlc,
  siemensS71200,
  siemensS71500,
  windowsEngineering,
]

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  all.map((persona) => [persona.id, persona]),
)
