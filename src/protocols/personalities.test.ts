/** What every personality must keep, in every persona that has it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Identity, Personality, Talk } from '#core/personality.ts'
import type { Persona, PersonaService } from '#core/persona.ts'
import { Random } from './fuzz/random.ts'
import { contextOf, said, sampleIdentity } from './fuzz/talk.ts'
import { bear, noise } from './fuzz/talk-trials.ts'
import { personalities } from './personalities.ts'
import { personas } from './personas/index.ts'

const ranges: Readonly<Record<string, string>> = {
  '#': '0123456789',
  '@': 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  '%': '0123456789ABCDEF',
}
/** Somebody that a persona may be. */
const madeUp = (persona: Persona, random: Random): Identity => {
  const filled = (pattern: string): string =>
    pattern.replaceAll(/[#@%]/g, (place) => random.pick((ranges[place] ?? '').split('')))
  return {
    address: `198.18.1.${1 + random.below(254)}`,
    mac: `${persona.ouis[0]}:%%:%%:%%`.replaceAll('%', () => random.below(16).toString(16)),
    name: filled(persona.name),
    serial: filled(persona.serial),
    serialNumber: 1 + random.below(0xffff_ffff),
    seed: random.below(0x1_0000_0000),
  }
}
/** Another decoy each time it is called. */
const opener = (persona: Persona, service: PersonaService, personality: Personality): (() => Talk) => {
  const random = new Random(service.port)
  return () =>
    personality.open(contextOf({ persona, identity: madeUp(persona, random) }), service.profile, service.transport)
}
const isHere = (service: string, persona: Persona): boolean => persona.services.some((each) => each.service === service)

describe('every personality', () => {
  for (const [service, personality] of Object.entries(personalities))
    test(`${service} has a persona that speaks it`, () => {
      assert.equal(personality.service, service)
      const speakers = Object.values(personas).filter((persona) => isHere(service, persona))
      assert.ok(speakers.length > 0)
    })
})

for (const persona of Object.values(personas))
  describe(`persona ${persona.id}`, () => {
    for (const service of persona.services) {
      const personality = personalities[service.service]
      if (personality === undefined) continue
      const open = opener(persona, service, personality)
      const name = `${service.service} at ${service.transport}/${service.port}`

      test(`${name} greets within bounds, and says nothing to nothing`, () => {
        for (let turn = 0; turn < 20; turn++) {
          const greeting = Buffer.concat([...(open().greeting ?? [])])
          assert.ok(greeting.length <= 2048, `${greeting.length} bytes`)
          assert.doesNotMatch(greeting.toString('latin1'), /\{\w+\}|undefined|NaN/)
          const { sent, exchanges, closed } = said(open(), [new Uint8Array(0)])
          assert.deepEqual([sent, exchanges, closed], ['', 0, false])
        }
      })
      test(`${name} bears noise`, () => {
        bear(open, noise, { most: 65_536 }, 100)
      })
      test(`${name} says the same of the same decoy`, () => {
        const identity = sampleIdentity
        const talks = [1, 2].map(() =>
          personality.open(contextOf({ persona, identity }), service.profile, service.transport),
        )
        const pieces = noise(new Random(service.port))
        assert.deepEqual(said(talks[0] ?? open(), pieces), said(talks[1] ?? open(), pieces))
      })
    }
  })
