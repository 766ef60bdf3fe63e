/** The personas that decoys can claim to be: data alone, so that policy and edge can read it without loading what answers. */
import type { Persona } from '#core/persona.ts'
import { niagaraFox } from './niagara-fox.ts'
import { omronCj2 } from './omron-cj2.ts'
import { opcuaServer } from './opcua-server.ts'
import { phoenixIlc } from './phoenix-ilc.ts'

export const personas: Readonly<Record<string, Persona>> = Object.fromEntries(
  (
    [
      // One line each.
      niagaraFox,
      omronCj2,
      opcuaServer,
      phoenixIlc,
    ] as readonly Persona[]
  ).map((persona) => [persona.id, persona]),
)
