/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'
import { hmiPanel } from './hmi-panel.ts'
import { moxaNport } from './moxa-nport.ts'
import { windowsEngineering } from './windows-engineering.ts'

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  (
    [
      // One line each.
      moxaNport,
      windowsEngineering,
      hmiPanel,
    ] as readonly Persona[]
  ).map((persona) => [persona.id, persona]),
)
