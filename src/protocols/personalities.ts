/** What answers at the ports of personas, by service. Apart from the personas, so that only the decoy host loads it. */
import type { Personality } from '#core/personality.ts'
import { dnp3Personality } from './dnp3/personality.ts'
import { iec104Personality } from './iec104/personality.ts'
import { s7commPersonality } from './s7comm/personality.ts'

export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  ([dnp3Personality, iec104Personality, s7commPersonality] as readonly Personality[]).map((personality) => [
    personality.service,
    personality,
  ]),
)
