import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mutated, randomBytes } from '#protocols/fuzz/mutate.ts'
import { Random } from '#protocols/fuzz/random.ts'
import { joined, readCarried, toldBy, type Carrier } from './golden.ts'
import { goldens } from './goldens.ts'
import { identityPorts, type Sighting } from './identity.ts'

const openings = goldens.filter(({ carrier }) => 'port' in carrier)
const rounds = process.env['BULKHEAD_TEST'] === 'long' ? 200_000 : 10_000

describe('what is told', () => {
  for (const { sentence, carrier, bytes, tells, more } of goldens)
    test(sentence, () => {
      assert.deepEqual(toldBy(carrier, bytes), tells)
      if ('port' in carrier)
        assert.equal(
          readCarried(carrier, bytes, 0, bytes.length, () => {}),
          more ?? false,
        )
    })
})

/** What no message may do to whoever keeps sightings. */
const isBounded = ({ value, confidence, source }: Sighting): boolean =>
  value !== '' && value.length <= 200 && !/\p{C}/u.test(value) && confidence > 0 && confidence < 1 && source !== ''

/** Reads amid other bytes, which must change nothing. */
const readAmid = (carrier: Carrier, bytes: Uint8Array, before: Uint8Array, behind: Uint8Array): readonly Sighting[] => {
  const sightings: Sighting[] = []
  const at = before.length
  readCarried(carrier, joined(before, bytes, behind), at, at + bytes.length, (sighting) => sightings.push(sighting))
  return sightings
}

describe('whatever the bytes are', () => {
  test('every prefix of every message is read, and tells nothing that its whole does not begin to say', () => {
    for (const { carrier, bytes } of goldens)
      for (let end = 0; end <= bytes.length; end++) {
        const sightings = readAmid(carrier, bytes.subarray(0, end), new Uint8Array(0), bytes.subarray(end))
        assert.ok(sightings.every(isBounded))
        assert.deepEqual(sightings, readAmid(carrier, bytes.subarray(0, end), Uint8Array.of(7, 7), new Uint8Array(64)))
      }
  })

  test('an opening that came in part tells nothing that it takes back', () => {
    for (const { sentence, carrier, bytes, tells } of openings)
      for (let end = 0; end < bytes.length; end++)
        for (const line of toldBy(carrier, bytes.subarray(0, end)))
          assert.ok(tells.includes(line), `${sentence}: ${line}`)
  })

  test('an opening that came in part is wanted whole, until it told everything', () => {
    for (const { sentence, carrier, bytes, tells } of openings)
      for (let end = 0; end < bytes.length; end++) {
        const told: string[] = []
        const more = readCarried(carrier, bytes, 0, end, ({ value }) => told.push(value))
        assert.ok(more || told.length >= tells.length, `${sentence}: given up after ${end} bytes`)
      }
  })

  test('spoilt messages are read in bounds', () => {
    const random = new Random(20_260_302)
    for (let left = rounds; left > 0; left--) {
      const { carrier, bytes } = random.pick(goldens)
      const spoilt = random.once(20) ? randomBytes(random) : mutated(bytes, random, random.pick(goldens).bytes)
      const sightings: Sighting[] = []
      readCarried(carrier, spoilt, 0, spoilt.length, (sighting) => sightings.push(sighting))
      assert.ok(sightings.length <= 64 && sightings.every(isBounded), Buffer.from(spoilt).toString('hex'))
    }
  })

  test('spoilt messages on every port and of either side are read in bounds', () => {
    const random = new Random(7)
    const carriers: readonly Carrier[] = [
      ...[...identityPorts].map((port) => ({ sport: port, dport: 40_000 })),
      ...[21, 22, 23, 80, 110, 3389, 9999].flatMap((port) => [true, false].map((fromClient) => ({ port, fromClient }))),
    ]
    for (let left = rounds / 2; left > 0; left--) {
      const bytes = mutated(random.pick(goldens).bytes, random, random.pick(goldens).bytes)
      readCarried(random.pick(carriers), bytes, 0, bytes.length, (sighting) => assert.ok(isBounded(sighting)))
    }
  })

  test('a datagram full of names tells of 32 at most, and each once', () => {
    const records = Array.from({ length: 60 }, (_, index) =>
      joined(
        '05',
        Buffer.from(`hmi${String(index).padStart(2, '0')}`),
        '00 0001 0001 00000078 0004 c61202',
        Uint8Array.of(index),
      ),
    )
    const told = toldBy({ sport: 5353, dport: 5353 }, joined('0000 8400 0000 003c 0000 0000', ...records, ...records))
    assert.equal(told.length, 32)
    assert.equal(new Set(told).size, 32)
  })

  test('a name that points to itself ends', () => {
    assert.deepEqual(
      toldBy(
        { sport: 5353, dport: 5353 },
        joined('0000 8400 0000 0001 0000 0000 c00c 0001 0001 00000078 0004 c6120201'),
      ),
      [],
    )
  })
})

test('no password, community or name of a user is told', () => {
  const secrets = /secret|public|pwd|b3A6|\bop\b|service: service/
  for (const { carrier, bytes } of goldens)
    for (const line of toldBy(carrier, bytes)) assert.doesNotMatch(line, secrets)
})
