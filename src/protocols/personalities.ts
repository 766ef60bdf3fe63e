/** What answers at the ports of personas, by service. Apart from the personas, so that only the decoy host loads it. */
import type { Personality } from '#core/personality.ts'
import { fins } from './fins/personality.ts'
import { fox } from './fox/personality.ts'
import { opcua } from './opcua/personality/personality.ts'
import { pcworx } from './pcworx/personality.ts'
import { snmp } from './snmp/personality.ts'

export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  (
    [
      // One line each.
      fins,
      fox,
      opcua,
      pcworx,
      snmp,
    ] as readonly Personality[]
  ).map((personality) => [personality.service, personality]),
)
