import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { encodeKey, parseConnection, type Tuple } from './conntrack-entry.ts'

const tuples: Record<string, Tuple> = {
  'TCP over IPv4': {
    source: '198.18.1.70',
    destination: '198.18.1.10',
    protocol: 6,
    sourcePort: 40000,
    destinationPort: 502,
  },
  'UDP over IPv6': {
    source: 'fd00:198:18::70',
    destination: 'fd00:198:18::10',
    protocol: 17,
    sourcePort: 5353,
    destinationPort: 161,
  },
  ICMP: { source: '198.18.1.70', destination: '198.18.1.10', protocol: 1, icmp: { type: 8, code: 0, id: 77 } },
  ICMPv6: {
    source: 'fd00:198:18::70',
    destination: 'fd00:198:18::10',
    protocol: 58,
    icmp: { type: 128, code: 0, id: 78 },
  },
}

suite('conntrack entries', () => {
  for (const [name, tuple] of Object.entries(tuples))
    test(`the key of a ${name} connection reads back as the connection it names`, () => {
      const connection = parseConnection(Buffer.concat([Buffer.alloc(4), ...encodeKey(tuple, 5, 9)]))
      assert.deepEqual(connection, { original: tuple, status: 0, mark: 0, id: 5, zone: 9 })
    })
})
