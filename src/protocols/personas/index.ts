/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'
import { dnp3Rtu } from './dnp3-rtu.ts'
import { iec104Gateway } from './iec104-gateway.ts'
import { siemensS71200 } from './siemens-s7-1200.ts'
import { siemensS71500 } from './siemens-s7-1500.ts'

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  ([dnp3Rtu, iec104Gateway, siemensS71200, siemensS71500] as readonly Persona[]).map((persona) => [
    persona.id,
    persona,
  ]),
)
