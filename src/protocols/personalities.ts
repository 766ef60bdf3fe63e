/** What answers at the ports of personas, by service. Apart from the personas, so that only the decoy host loads it. */
import type { Personality } from '#core/personality.ts'
import { bacnetPersonality } from './bacnet/personality.ts'
import { enipPersonality } from './enip/personality.ts'
import { modbusPersonality } from './modbus/personality.ts'

export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  (
    [
      // One line each.
      modbusPersonality,
      enipPersonality,
      bacnetPersonality,
    ] as readonly Personality[]
  ).map((personality) => [personality.service, personality]),
)
