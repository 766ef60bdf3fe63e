import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Kind } from '../model.ts'
import { namesOf, slugOf, type Naming } from './names.ts'

const naming = (more: Partial<Naming> = {}, kind: Kind = 'plc', confidence = 0.9): Naming => ({
  vlan: 0,
  address: '198.18.1.10',
  hostnames: [],
  kind: { value: kind, confidence, because: [] },
  ...more,
})

const single: readonly (readonly [string, Naming, string])[] = [
  ['kind and address', naming(), 'plc-198.18.1.10'],
  ['kind, vendor and address', naming({ vendor: 'Siemens AG' }), 'plc-siemens-198.18.1.10'],
  ['no kind that is not certain', naming({}, 'plc', 0.4), 'device-198.18.1.10'],
  ['no kind that says nothing', naming({}, 'other'), 'device-198.18.1.10'],
  ['an Ethernet address with dashes', naming({ address: '00:1b:1b:aa:00:10' }), 'plc-00-1b-1b-aa-00-10'],
  ['an IPv6 address with dashes', naming({ address: 'fd00:198:18::10' }), 'plc-fd00-198-18--10'],
  ['its host name', naming({ hostnames: ['LINE1-PLC'] }), 'line1-plc'],
  ['its host name without the domain', naming({ hostnames: ['plc7.plant.example'] }), 'plc7'],
  [
    'the first of its names that says something',
    naming({ hostnames: ['localhost', '42', 'PLC', 'Mischer 3'] }),
    'mischer-3',
  ],
  ['the name that a person gave', naming({ told: 'PLC Füllung', hostnames: ['x-1'] }), 'plc-fullung'],
  ['not what means everybody in a policy', naming({ told: 'any' }), 'plc-198.18.1.10'],
  ['nothing where nothing is left of a name', naming({ told: '***', hostnames: ['***'] }), 'plc-198.18.1.10'],
  ['at most what a policy takes', naming({ told: 'x'.repeat(500) }), 'x'.repeat(63)],
]

describe('a name is', () => {
  for (const [name, one, expected] of single) test(name, () => assert.deepEqual(namesOf([one]), [expected]))
})

const several: readonly (readonly [string, readonly Naming[], readonly string[]])[] = [
  [
    'their addresses, when devices have one host name',
    [naming({ hostnames: ['mixer'] }), naming({ hostnames: ['mixer'], address: '198.18.1.11' })],
    ['mixer-198.18.1.10', 'mixer-198.18.1.11'],
  ],
  [
    'the name for the one whom a person gave it, and the address for the other',
    [naming({ hostnames: ['mixer'] }), naming({ told: 'mixer', address: '198.18.1.11' })],
    ['mixer-198.18.1.10', 'mixer'],
  ],
  [
    'addresses, when a person gave one name twice',
    [naming({ told: 'mixer' }), naming({ told: 'Mixer', address: '198.18.1.11' })],
    ['mixer-198.18.1.10', 'mixer-198.18.1.11'],
  ],
  [
    'VLANs, when the address is the same',
    [naming({ vlan: 10 }), naming({ vlan: 20 })],
    ['plc-198.18.1.10-v10', 'plc-198.18.1.10-v20'],
  ],
  [
    'still different, when a name looks like what tells others apart',
    [
      naming({ hostnames: ['mixer'] }),
      naming({ hostnames: ['mixer'], address: '198.18.1.11' }),
      naming({ told: 'mixer-198.18.1.10', address: '198.18.1.12' }),
    ],
    ['mixer-198.18.1.10-v0', 'mixer-198.18.1.11', 'mixer-198.18.1.10'],
  ],
  [
    'still different, and short enough, when names are as long as a policy takes',
    [naming({ told: 'x'.repeat(63) }), naming({ told: 'x'.repeat(80), address: '198.18.1.11' })],
    [`${'x'.repeat(51)}-198.18.1.10`, `${'x'.repeat(51)}-198.18.1.11`],
  ],
]

describe('what tells devices apart is', () => {
  for (const [name, all, expected] of several) test(name, () => assert.deepEqual(namesOf(all), expected))
})

test('a slug begins and ends with a letter or a digit', () => {
  assert.equal(slugOf('  -Ölpumpe №1 (Süd)_'), 'olpumpe-no1-sud')
})
