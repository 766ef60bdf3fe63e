import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Station } from '#policy/decoys/placement.ts'
import { allAddresses, changesBetween, isSameShape, withoutAddresses } from './change.ts'

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
const before = [station('a', [40, 41]), station('b', [50])]

describe('stations', () => {
  const rows: readonly [name: string, after: readonly Station[], same: boolean][] = [
    ['are of the same shape when addresses move', [station('a', [42]), station('b', [50])], true],
    [
      'are of the same shape with other Ethernet addresses',
      [station('a', [40], { mac: '00:1b:1b:00:00:02' }), before[1]!],
      true,
    ],
    ['are of the same shape in another order', before.toReversed(), true],
    ['are of another shape with another persona', [station('a', [40], { persona: 'm340' }), before[1]!], false],
    ['are of another shape with another gateway', [station('a', [40], { gateway: '198.18.1.1' }), before[1]!], false],
    ['are of another shape when one is missing', [before[0]!], false],
  ]
  for (const [name, after, same] of rows) it(name, () => assert.equal(isSameShape(before, after), same))

  it('change by the addresses that go and come', () => {
    assert.deepEqual(
      changesBetween(before, [station('a', [41, 43]), station('b', [50])]).map(({ leave, appear }) => ({
        leave,
        appear,
      })),
      [{ leave: ['198.18.1.40'], appear: ['198.18.1.43'] }],
    )
    assert.deepEqual(changesBetween(before, structuredClone(before)), [])
  })

  it('stand without an address that was taken away, and are otherwise what they were', () => {
    const left = withoutAddresses(before, new Set(['198.18.1.41']))
    assert.deepEqual(allAddresses(left), ['198.18.1.40', '198.18.1.50'])
    assert.equal(left[1], before[1])
    assert.equal(isSameShape(before, left), true)
  })
})
