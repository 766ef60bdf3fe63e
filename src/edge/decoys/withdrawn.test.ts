import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { claimedText, Withdrawn } from './withdrawn.ts'

const rowsOf = (count: number, since = 1) =>
  Array.from({ length: count }, (_, at) => ({
    address: `198.18.${at >> 8}.${at & 255}`,
    since,
    until: since + 1000,
    cause: 'probed for it',
  }))

/** A store that counts what is written. */
const opened = () => {
  let stored: unknown
  let written = 0
  const withdrawn = new Withdrawn({
    get: () => undefined,
    set: (_, value) => {
      stored = value
      written++
    },
  })
  return { withdrawn, stored: () => stored, written: () => written }
}

describe('addresses that decoys left', () => {
  it('are written once, however many were claimed together', () => {
    const { withdrawn, written } = opened()
    withdrawn.add(rowsOf(4096))
    assert.equal(withdrawn.rows.length, 4096)
    assert.equal(written(), 1)
  })

  it('stay away from the last claim on, and are known since the first', () => {
    const { withdrawn, stored } = opened()
    withdrawn.add(rowsOf(2, 1))
    withdrawn.add(rowsOf(1, 500))
    assert.deepEqual(
      withdrawn.rows.map(({ address, since, until }) => [address, since, until]),
      [
        ['198.18.0.1', 1, 1001],
        ['198.18.0.0', 1, 1500],
      ],
    )
    assert.deepEqual(stored(), withdrawn.rows)
  })

  it('are free when a person says so, and claimed as before where that cannot be stored', () => {
    const { withdrawn, stored } = opened()
    withdrawn.add(rowsOf(3))
    withdrawn.forget(new Set(['198.18.0.1']))
    assert.deepEqual([...withdrawn.addresses()], ['198.18.0.0', '198.18.0.2'])
    assert.deepEqual(stored(), withdrawn.rows)
    const full = new Withdrawn({
      get: (_, schema) => schema.parse(rowsOf(1)),
      set: () => {
        throw new Error('full')
      },
    })
    assert.throws(() => full.forget(full.addresses()), /full/)
    assert.deepEqual([...full.addresses()], ['198.18.0.0'])
  })

  it('are free when their time is over', () => {
    const { withdrawn } = opened()
    withdrawn.add(rowsOf(3, 1))
    withdrawn.add(rowsOf(1, 500))
    assert.deepEqual(
      withdrawn.settle(1001).map(({ address }) => address),
      ['198.18.0.1', '198.18.0.2'],
    )
    assert.deepEqual([...withdrawn.addresses()], ['198.18.0.0'])
  })

  it('keep the time that was agreed, from now on, when the clock was ahead at that time', () => {
    const { withdrawn, stored } = opened()
    withdrawn.add([...rowsOf(1, 500), ...rowsOf(2, 9_000_000).slice(1)])
    withdrawn.setBack(600)
    assert.deepEqual(
      withdrawn.rows.map(({ since, until }) => [since, until]),
      [
        [500, 1500],
        [600, 1600],
      ],
    )
    assert.deepEqual(stored(), withdrawn.rows)
  })
})

describe('what is told of claimed addresses', () => {
  const mac = '02:00:00:00:00:66'
  const by = (count: number, who: (at: number) => { mac?: string; port?: string }) =>
    rowsOf(count).map((row, at) => ({ ...row, ...who(at) }))
  const rows: readonly (readonly [string, ReturnType<typeof by>, RegExp | undefined])[] = [
    ['is nothing where there is none', [], undefined],
    [
      'is a new device',
      by(1, () => ({ mac, port: 'plant' })),
      /^Somebody claimed an address approved for decoys at port plant, 198\.18\.0\.0 at last \(02:00:00:00:00:66 probed for it\): .* take the address out/,
    ],
    [
      'is somebody of whom the record did not come',
      by(2, () => ({})),
      /^Somebody claimed 2 addresses approved for decoys, 198\.18\.0\.1 at last \(probed for it\)/,
    ],
    [
      'is whoever empties the pools, by his Ethernet address and his port',
      by(60, (at) => (at < 50 ? { mac, port: 'plant' } : {})),
      /^02:00:00:00:00:66 at port plant claimed 50 of 60 addresses approved for decoys: no device has so many/,
    ],
    [
      'is his port where he made up Ethernet addresses',
      by(60, (at) => ({ mac: `02:00:00:00:01:${at}`, port: 'plant' })),
      /^Somebody claimed 60 addresses approved for decoys, 60 of them at port plant,/,
    ],
  ]
  for (const [title, claimed, expected] of rows)
    it(title, () =>
      expected === undefined
        ? assert.equal(claimedText(claimed), undefined)
        : assert.match(claimedText(claimed) ?? '', expected),
    )
})
