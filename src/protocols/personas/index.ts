/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'
import { bacnetController } from './bacnet-controller.ts'
import { controllogix1756 } from './controllogix-1756.ts'
import { micrologix1400 } from './micrologix-1400.ts'
import { modiconM340 } from './modicon-m340.ts'

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  (
    [
      // One line each.
      modiconM340,
      controllogix1756,
      micrologix1400,
      bacnetController,
    ] as readonly Persona[]
  ).map((persona) => [persona.id, persona]),
)
