/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'
import { modiconM340 } from './modicon-m340.ts'

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  (
    [
      // One line each.
      modiconM340,
    ] as readonly Persona[]
  ).map((persona) => [persona.id, persona]),
)
