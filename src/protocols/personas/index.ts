/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  ([] as readonly Persona[]).map((persona) => [persona.id, persona]),
)
