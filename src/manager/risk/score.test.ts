import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lowestRisk } from '#schema/site.ts'
import { type FamilyName, familyNames, families, hourMs } from './families.ts'
import { bandOf, type Evidence, fallsBelow, score, scoreOf } from './score.ts'

const now = Date.UTC(2026, 10, 21, 12)
const one = (family: FamilyName, weight: number, hours = 0, key = 'e'): Evidence => ({
  family,
  key,
  weight,
  at: now - hours * hourMs,
})

/** The same numbers in every run (mulberry32). */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}
const cases = Array.from({ length: 500 }, (_, seed) => {
  const random = randomOf(seed)
  const evidence = Array.from({ length: Math.floor(random() * 12) }, (__, index) =>
    one(familyNames[Math.floor(random() * familyNames.length)]!, 0.1 + random() * 8, random() * 300, `e${index}`),
  )
  return { evidence, random }
})

describe('a score', () => {
  const rows: readonly (readonly [name: string, evidence: readonly Evidence[], least: number, most: number])[] = [
    ['of nothing is 0', [], 0, 0],
    ['of one touch of a decoy is at half', [one('decoy', 5)], 45, 55],
    ['of one login at a decoy with a real password is near the end', [one('decoy-login', 8)], 90, 100],
    ['of one conversation out of scope is little', [one('out-of-scope', 1)], 1, 5],
    ['of a scan and a denied program download is high', [one('scan', 4), one('command', 3)], 80, 95],
    ['of the same a week later is little', [one('scan', 4, 168), one('command', 3, 168)], 0, 5],
    ['of where a source is from is 0', [one('origin', 1.5), one('reputation', 2.5)], 0, 0],
  ]
  for (const [name, evidence, least, most] of rows)
    test(name, () => {
      const { score: value } = score(evidence, now)
      assert.ok(value >= least && value <= most, `${value}`)
    })

  test('is a whole number from 0 to 100 and the sum of its points, each with its evidence', () => {
    for (const { evidence } of cases) {
      const { score: value, points } = score(evidence, now)
      assert.ok(Number.isInteger(value) && value >= 0 && value <= 100)
      const sum = points.reduce((total, point) => total + point.points, 0)
      assert.ok(Math.abs(sum - value) < 1e-6, `${sum} of ${value}`)
      for (const point of points) assert.ok(evidence.includes(point.evidence) && point.points >= 0)
    }
  })
  test('never rises without new evidence', () => {
    for (const { evidence } of cases) {
      let last = 100
      for (let hours = 0; hours < 1000; hours += 37) {
        const { score: value } = score(evidence, now + hours * hourMs)
        assert.ok(value <= last)
        last = value
      }
      assert.equal(score(evidence, now + 10_000 * hourMs).score, 0)
    }
  })
  test('never falls by more evidence, newer evidence or heavier evidence', () => {
    for (const { evidence, random } of cases) {
      const { odds } = score(evidence, now)
      const more = one(familyNames[Math.floor(random() * familyNames.length)]!, random() * 8, random() * 100)
      assert.ok(score([...evidence, more], now).odds >= odds - 1e-9)
      const newer = evidence.map((each) => ({ ...each, at: each.at + hourMs }))
      assert.ok(score(newer, now).odds >= odds - 1e-9)
      const heavier = evidence.map((each) => ({ ...each, weight: each.weight * 1.5 }))
      assert.ok(score(heavier, now).odds >= odds - 1e-9)
    }
  })
  test('counts no family beyond its cap, however much of it there is', () => {
    for (const family of familyNames) {
      const { odds } = score(
        Array.from({ length: 500 }, () => one(family, 7)),
        now,
      )
      assert.ok(odds <= families[family].cap + 1e-9, family)
    }
  })
  test('of context alone stays below every threshold that can be set, also beside next to nothing', () => {
    const context = familyNames.filter((family) => (families[family] as { context?: true }).context === true)
    assert.deepEqual(context, ['reputation', 'origin'])
    const all = context.flatMap((family) => Array.from({ length: 50 }, () => one(family, 50)))
    assert.equal(score(all, now).score, 0)
    assert.ok(score([...all, one('first-seen', 0.5)], now).score < lowestRisk)
    assert.ok(scoreOf(families.origin.cap) < lowestRisk && scoreOf(families.reputation.cap) < lowestRisk)
  })
  test('halves its log-odds with each half-life', () => {
    for (const family of familyNames.filter((name) => !('context' in families[name]))) {
      const { halfLife, cap } = families[family]
      const { odds } = score([one(family, cap, halfLife * 2)], now)
      assert.ok(Math.abs(odds - cap / 4) < 1e-9, family)
    }
  })
  test('takes evidence from a clock that runs ahead as new', () =>
    assert.equal(score([one('decoy', 5, -1000)], now).score, score([one('decoy', 5)], now).score))
})

describe('the moment of a fall', () => {
  test('is found to the second', () => {
    for (const { evidence } of cases)
      for (const limit of [10, 40, 60]) {
        const at = fallsBelow(evidence, limit, now)
        assert.ok(score(evidence, at).score < limit)
        if (at > now) assert.ok(score(evidence, at - 2000).score >= limit)
      }
  })
  test('is now for what is below already', () => assert.equal(fallsBelow([], 10, now), now))
})

test('a band is the highest limit that was reached', () => {
  assert.deepEqual(
    [0, 39, 40, 59, 60, 100].map((value) => bandOf(value, [60, 40])),
    [0, 0, 40, 40, 60, 60],
  )
})
