import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { originOf } from './origin.ts'

// MaxMind DB File Format Specification 2.0, as far as one small file needs it.
type Value = string | number | readonly string[] | ValueMap
interface ValueMap {
  readonly [key: string]: Value
}
const isList = (value: readonly string[] | ValueMap): value is readonly string[] => Array.isArray(value)
const control = (type: number, size: number): Buffer =>
  type > 7
    ? Buffer.from([size, type - 7])
    : Buffer.from(size < 29 ? [(type << 5) | size] : [(type << 5) | 29, size - 29])
const encode = (value: Value): Buffer => {
  if (typeof value === 'string') return Buffer.concat([control(2, value.length), Buffer.from(value)])
  if (typeof value === 'number') {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), number])
  }
  if (isList(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([control(7, entries.length), ...entries.flatMap(([key, inner]) => [encode(key), encode(inner)])])
}

/** A file that knows one network of IPv4. */
const database = (type: string, network: readonly number[], length: number, data: Value): Buffer => {
  const bits = network.flatMap((byte) => Array.from({ length: 8 }, (_, at) => (byte >> (7 - at)) & 1)).slice(0, length)
  const found = bits.length + 16
  const tree = bits.map((bit, node) => {
    const next = node + 1 === bits.length ? found : node + 1
    const records = bit === 0 ? [next, bits.length] : [bits.length, next]
    return Buffer.from(records.flatMap((record) => [record >> 16, (record >> 8) & 255, record & 255]))
  })
  const metadata = {
    node_count: bits.length,
    record_size: 24,
    ip_version: 4,
    database_type: type,
    languages: ['en'],
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1,
    description: { en: 'a test' },
  }
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')])
  return Buffer.concat([...tree, Buffer.alloc(16), encode(data), marker, encode(metadata)])
}

const state = mkdtempSync(join(tmpdir(), 'origin-'))
after(() => rmSync(state, { recursive: true, force: true }))

test('without databases nothing is known of where an address is from', async () =>
  assert.deepEqual(await originOf({ state }, '203.0.113.7'), {}))

test('country and autonomous system come from whatever databases there are, and a broken one is no matter', async () => {
  const folder = join(state, 'mmdb')
  mkdirSync(folder)
  const network = [203, 0, 113]
  writeFileSync(join(folder, 'country.mmdb'), database('Test-Country', network, 24, { country: { iso_code: 'FR' } }))
  const asn = { autonomous_system_number: 64_496, autonomous_system_organization: 'Example' }
  writeFileSync(join(folder, 'asn.mmdb'), database('Test-ASN', network, 24, asn))
  writeFileSync(join(folder, 'broken.mmdb'), Buffer.from('this is no database'))
  const whole = database('Test', network, 24, { country: { iso_code: 'DE' } })
  writeFileSync(join(folder, 'cut.mmdb'), whole.subarray(0, 60))
  const manager = { state }
  assert.deepEqual(await originOf(manager, '203.0.113.7'), { country: 'FR', asn: 64_496, organisation: 'Example' })
  assert.deepEqual(await originOf(manager, '198.51.100.7'), {})
  assert.deepEqual(await originOf(manager, '2001:db8::7'), {})
})
