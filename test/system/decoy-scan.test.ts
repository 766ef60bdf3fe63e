/** What decoys are worth against somebody who scans from inside the zone, where controllers would answer: measured, and as the formulas say. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { coverageOf } from '#policy/decoys/coverage.ts'
import { Random } from './differential/random.ts'
import { addresses, real, Segment, type Scanned } from './decoy-scan/segment.ts'

const long = process.env['BULKHEAD_TEST'] === 'long'
/** Half of them in an order of their own, the others up or down. */
const scans = long ? 100 : 10

const shuffled = (seed: number): string[] => {
  const random = new Random(seed)
  return addresses
    .map((address) => ({ address, at: random.below(2 ** 31) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ address }) => address)
}
const orderOf = (number: number): readonly string[] =>
  number % 2 === 0 ? shuffled(number) : number % 4 === 1 ? addresses : addresses.toReversed()

let segment: Segment
before(async () => {
  segment = await Segment.open()
})
after(() => segment.close())

describe(`${scans} scans of a /24 with ${real.length} controllers`, () => {
  const done: Scanned[] = []

  it('each ends at a decoy; what it found before is what its order says, and nothing gets to a controller after', async () => {
    for (let number = 0; number < scans; number++) {
      const order = orderOf(number)
      const decoys = new Set((await segment.standing()).map(({ address }) => address))
      const decided = order.find((address) => decoys.has(address))
      const expected = order.slice(0, order.indexOf(decided ?? '')).filter((address) => real.includes(address))
      const scanned = await segment.scan(order)
      done.push(scanned)
      assert.equal(scanned.decided, decided, `scan ${number}`)
      assert.deepEqual(scanned.found, expected, `scan ${number}`)
      assert.equal(scanned.after, 0, `scan ${number}: packets to controllers after the deciding exchange`)
      assert.notEqual(scanned.containedMs, undefined, `scan ${number}: contained`)
    }
  })

  it('finds 0.1 controllers a source or fewer, as the formulas say', async (t) => {
    const decoys = (await segment.standing()).map(({ address }) => address)
    const coverage = coverageOf({ approved: decoys.length, real, decoys })
    assert.ok(coverage.expected <= 0.1 && coverage.first >= 0.9 && coverage.dark >= 0.9, JSON.stringify(coverage))
    assert.deepEqual([coverage.upwards, coverage.downwards], [0, 0], 'guards stand below and above')
    const mean = (some: readonly Scanned[]) => some.reduce((sum, { found }) => sum + found.length, 0) / some.length
    const [random, inOrder] = [done.filter((_, at) => at % 2 === 0), done.filter((_, at) => at % 2 === 1)]
    assert.ok(mean(done) <= 0.1, `${mean(done)} found per source`)
    assert.equal(mean(inOrder), 0)
    // Each is geometric: its variance is E(1 + E).
    const error = Math.sqrt((coverage.expected * (1 + coverage.expected)) / random.length)
    assert.ok(Math.abs(mean(random) - coverage.expected) <= 3 * error, `${mean(random)} against ${coverage.expected}`)
    const slowest = Math.max(...done.map(({ containedMs }) => containedMs ?? 0))
    t.diagnostic(
      `${mean(done)} found per source, ${mean(random)} in random order (formula ${coverage.expected.toFixed(3)}), contained within ${slowest} ms`,
    )
  })
})

describe('a scanner who was contained and is released', () => {
  it('passes with all his frames, and is contained by the next decoy', async () => {
    const { ip } = await segment.visit()
    const [decoy, other] = await segment.standing()
    assert.equal(await segment.connects(decoy?.address ?? ''), true)
    await segment.contained(ip, 1)
    assert.equal(await segment.connects(real[0] ?? ''), false)
    await segment.daemon.call('release', { ip, reason: 'a mistake', by: 'test' })
    // What he opened at the decoy holds him back for three seconds more at most.
    await sleep(3100)
    assert.equal(await segment.connects(real[0] ?? '', 2000), true)
    assert.equal(await segment.connects(other?.address ?? '', 2000), true)
    await segment.contained(ip, 2)
    assert.equal(await segment.connects(real[1] ?? ''), false)
  })
})
