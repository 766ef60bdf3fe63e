import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Site } from '#schema/site.ts'
import { addresses, commandOf, conversationOf, observedOf } from '../plant.ts'
import { looseIn } from './tight.ts'

const observed = observedOf({
  conversations: [
    conversationOf({
      commands: [
        commandOf({ op: 'read-holding-registers' }),
        commandOf({ op: 'read-holding-registers', spans: { unit: [[2, 2]], registers: [[900, 919]] } }),
        commandOf({
          op: 'write-single-register',
          spans: { unit: [[1, 1]], registers: [[10, 10]] },
          values: [100, 200],
        }),
      ],
    }),
  ],
})

const siteOf = (conduit: Record<string, unknown>): Site =>
  Site.parse({
    version: 1,
    site: 'test',
    edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['panels'] }, cell: { zones: ['line'] } } } },
    zones: { panels: { level: 2, networks: ['198.18.2.0/24'] }, line: { level: 1, networks: ['198.18.1.0/24'] } },
    assets: {
      hmi: { ips: [addresses.hmi], zone: 'panels' },
      ews: { ips: [addresses.ews], zone: 'panels' },
      plc: { ips: [addresses.plcA], zone: 'line' },
    },
    groups: { stations: { assets: ['hmi', 'ews'] } },
    conduits: [{ id: 'polls', from: 'hmi', to: 'plc', service: 'modbus', ...conduit }],
  })

const reads = [
  { op: 'read-holding-registers', unit: 1, registers: '100-119' },
  { op: 'read-holding-registers', unit: 2, registers: '900-919' },
]
const rows: readonly (readonly [name: string, conduit: Record<string, unknown>, complaint?: RegExp])[] = [
  ['exactly what was seen', { allow: reads }],
  ['a fifth more', { allow: [{ op: 'read-holding-registers', unit: 1, registers: '98-121' }, reads[1]] }],
  ['a part of it', { allow: [{ op: 'read-holding-registers', unit: 1, registers: '100-101' }] }],
  [
    'two fifths more',
    { allow: [{ op: 'read-holding-registers', unit: 1, registers: '96-127' }, ...reads.slice(1)] },
    /52 registers permitted, 40 seen/,
  ],
  [
    'all registers of one unit for the other one too',
    { allow: [{ op: 'read-holding-registers', unit: '1-2', registers: '100-119,900-919' }] },
    /of the places permitted \d+ % were seen/,
  ],
  ['twice the values', { allow: [{ op: 'write-single-register', values: '0-200' }] }, /201 values permitted, 101 seen/],
  ['a command that nobody sent', { allow: ['read-coils'] }, /read-coils was not seen/],
  ['every command', {}, /every command is permitted/],
  ['a client that never asked', { from: 'stations', allow: reads }, /198\.18\.2\.72.* was not seen/],
  ['the other direction', { from: 'plc', to: 'hmi', allow: reads }, /was not seen/],
  ['another service', { service: 'tcp/80' }, /was not seen/],
]

describe('whether more is permitted than was seen:', () => {
  for (const [name, conduit, complaint] of rows)
    test(name, () => {
      const found = looseIn(siteOf(conduit), observed)
      if (complaint === undefined) assert.deepEqual(found, [])
      else assert.match(found.join('\n'), complaint)
    })
})
