import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Station } from '#policy/decoys/placement.ts'
import { allAddresses, changedAt, changesBetween, seatedAgain, withoutAddresses } from './change.ts'

const station = (id: string, last: readonly number[], more: Partial<Station> = {}): Station => ({
  id,
  pool: 'cell',
  persona: 's7-1200',
  mac: '00:1b:1b:00:00:01',
  prefix: 24,
  decoys: last.map((at) => ({
    address: `198.18.1.${at}`,
    mac: '00:1b:1b:00:00:01',
    name: `PLC-${at}`,
    serial: `S C-${at}`,
    serialNumber: at,
    seed: at,
    pool: 'cell',
    budget: 'first',
  })),
  ...more,
})
const second = { mac: '00:1b:1b:00:00:02' }
const before = [station('a', [40, 41]), station('b', [50], second)]

describe('stations', () => {
  const rows: readonly [name: string, after: readonly Station[], seats: readonly string[] | undefined][] = [
    ['keep their seats when addresses move', [station('x', [42]), station('y', [50], second)], ['a 42', 'b 50']],
    ['keep them in another order', [station('y', [50], second), station('x', [40])], ['b 50', 'a 40']],
    [
      'take a free seat with another Ethernet address',
      [station('x', [40], { mac: '00:1b:1b:00:00:03' }), station('y', [50], second)],
      ['a 40', 'b 50'],
    ],
    ['leave a seat empty', [station('y', [50], second)], ['b 50', 'a ']],
    [
      'have none with another persona',
      [station('x', [40], { persona: 'm340' }), station('y', [50], second)],
      undefined,
    ],
    ['have none with another gateway', [station('x', [40], { gateway: '198.18.1.1' })], undefined],
    ['have none for one more', [...before, station('z', [60], { mac: '00:1b:1b:00:00:03' })], undefined],
  ]
  for (const [name, after, seats] of rows)
    it(name, () =>
      assert.deepEqual(
        seatedAgain(before, after)?.map(({ id, decoys }) => `${id} ${decoys.map(({ seed }) => seed).join(' ')}`),
        seats,
      ),
    )

  it('change by the addresses that go and come', () => {
    assert.deepEqual(
      changesBetween(before, [station('a', [41, 43]), station('b', [50], second)]).map(({ leave, appear }) => ({
        leave,
        appear,
      })),
      [{ leave: ['198.18.1.40'], appear: ['198.18.1.43'] }],
    )
    assert.deepEqual(changesBetween(before, structuredClone(before)), [])
  })

  const devices: readonly [name: string, after: readonly Station[], changed: readonly string[]][] = [
    ['none where all stay', structuredClone(before), []],
    ['none where one moves', [station('a', [41, 42]), station('b', [50], second)], []],
    [
      'those with another persona',
      [station('a', [40, 41]), station('b', [50], { ...second, persona: 'm340' })],
      ['50'],
    ],
    ['those with another Ethernet address', [station('a', [40], { mac: '00:1b:1b:00:00:03' })], ['40']],
    [
      'those with another name',
      before.map((one) => ({ ...one, decoys: one.decoys.map((decoy) => ({ ...decoy, name: 'PLC-X' })) })),
      ['40', '41', '50'],
    ],
  ]
  for (const [name, after, changed] of devices)
    it(`become other devices at their addresses: ${name}`, () =>
      assert.deepEqual(
        changedAt(before, after).map((address) => address.split('.')[3]),
        changed,
      ))

  it('stand without an address that was taken away, and are otherwise what they were', () => {
    const left = withoutAddresses(before, new Set(['198.18.1.41']))
    assert.deepEqual(allAddresses(left), ['198.18.1.40', '198.18.1.50'])
    assert.equal(left[1], before[1])
  })
})
