/** What every persona must keep, as far as it is data. */
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { describe, test } from 'node:test'
import * as z from 'zod'
import type { Persona } from '#core/persona.ts'
import { personalities } from '../personalities.ts'
import { isSshProfile } from '../ssh/profile.ts'
import { personas } from './index.ts'

const registry = z.record(z.string(), z.string()).parse(createRequire(import.meta.url)('oui-data'))

/** Whose prefixes they are where it is not the vendor under its name. */
const makers: Readonly<Record<string, RegExp>> = {
  // Telemecanique was Schneider Electric's.
  'modicon-m340': /^(schneider|telemecanique)/i,
  // Exor's panels carry the prefix of SITEK, of the same group.
  'hmi-panel': /^sitek/i,
  // The computer is another's than its system.
  'windows-engineering': /^dell/i,
}
const firstWord = (text: string): string => text.toLowerCase().split(/[\s,]/)[0] ?? ''
const all = Object.values(personas)

/** Every text in a value. */
const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

const rows: readonly (readonly [sentence: string, check: (persona: Persona, id: string) => void])[] = [
  [
    'has an id of its own, which a policy can name',
    ({ id }, key) => {
      assert.match(id, /^[a-z0-9][a-z0-9._-]{0,62}$/)
      assert.equal(id, key)
      assert.equal(all.filter((other) => other.id === id).length, 1)
    },
  ],
  [
    'has services that there are, on that transport',
    ({ services }) => {
      assert.ok(services.length > 0)
      for (const { service, transport, profile } of services)
        if (service === 'ssh') assert.ok(transport === 'tcp' && isSshProfile(profile))
        else assert.ok(personalities[service]?.transports.includes(transport), `${service} over ${transport}`)
    },
  ],
  [
    'has each port once',
    ({ services }) => {
      const ports = services.map(({ transport, port }) => `${transport}/${port}`)
      assert.equal(new Set(ports).size, ports.length, ports.join(' '))
      for (const { port } of services) assert.ok(Number.isInteger(port) && port > 0 && port < 65_536)
    },
  ],
  [
    'has addresses of its vendor',
    ({ id, vendor, ouis }) => {
      assert.ok(ouis.length > 0)
      for (const oui of ouis) {
        assert.match(oui, /^[0-9a-f][048c](:[0-9a-f]{2}){2}$/, 'of one station, given by the IEEE')
        const company = registry[oui.replaceAll(':', '').toUpperCase()] ?? 'nobody'
        assert.match(company, makers[id] ?? new RegExp(`^${firstWord(vendor)}`, 'i'), oui)
      }
    },
  ],
  [
    'has serials of six varying places, and no longer than an order has them',
    ({ serial }) => {
      assert.ok((serial.match(/[#@%]/g) ?? []).length >= 6, serial)
      assert.match(serial, /^[\x20-\x7e]{6,40}$/)
    },
  ],
  [
    'has names of 3 to 15 letters, digits and dashes, of which some vary',
    ({ name }) => {
      assert.match(name, /^[A-Za-z0-9@#%][A-Za-z0-9@#%-]{1,13}[A-Za-z0-9@#%]$/)
      assert.match(name, /[#@%]/)
    },
  ],
  [
    'behaves otherwise than Linux does by itself',
    ({ ttl, window, timestamps, windowScaling, mss }) => {
      assert.notDeepEqual([ttl, window, timestamps, windowScaling], [64, 64_240, true, true])
      assert.ok([30, 32, 60, 64, 128, 255].includes(ttl), `${ttl}`)
      assert.ok(window > 0 && window < 65_536 && (mss ?? 1460) <= 1460)
    },
  ],
  [
    'says neither what it is nor the name of another vendor',
    (persona) => {
      const others = all.map(({ vendor }) => firstWord(vendor)).filter((word) => word !== firstWord(persona.vendor))
      const tells = new RegExp(`honey|decoy|bulkhead|conpot|cowrie|dionaea|\\b(${others.join('|')})\\b`, 'i')
      for (const text of textsOf(persona)) assert.doesNotMatch(text, tells)
    },
  ],
]

for (const [id, persona] of Object.entries(personas))
  describe(`persona ${id}`, () => {
    for (const [sentence, check] of rows) test(sentence, () => check(persona, id))
  })
