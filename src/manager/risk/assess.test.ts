import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assess, consequence, type Situation, type Told } from './assess.ts'
import { families, familyNames, hourMs } from './families.ts'
import type { Shown } from './against.ts'

const now = Date.UTC(2026, 10, 21, 12)
const ip = '203.0.113.7'
const heavy: Shown[] = familyNames.map((family) => ({
  family,
  key: family,
  weight: families[family].cap,
  at: now,
  text: 'It happened.',
}))
const situation = (more: Partial<Situation> = {}): Situation => ({
  site: 'a',
  ip,
  now,
  evidence: new Map([['a', heavy]]),
  vetoes: [],
  lists: [],
  origin: {},
  foreign: [],
  ...more,
})
const veto = (network: string, until: number | null = null) => ({ id: 'v', network, site: null, reason: 'ours', until })
const none: Told = { band: 0, told: 0, toldUntil: undefined, acted: 0 }

describe('a veto wins over any evidence', () => {
  const rows: readonly (readonly [name: string, more: Partial<Situation>, score: number])[] = [
    ['without one it counts', {}, 100],
    ['of its address', { vetoes: [veto(`${ip}/32`)] }, 0],
    ['of everything', { vetoes: [veto('0.0.0.0/0')] }, 0],
    ['of a list', { lists: [{ list: 'ours', role: 'veto' }] }, 0],
    [
      'of a list, though another names it a threat',
      {
        lists: [
          { list: 'b', role: 'threat' },
          { list: 'ours', role: 'veto' },
        ],
      },
      0,
    ],
    ['that has ended no more', { vetoes: [veto(`${ip}/32`, now)] }, 100],
  ]
  for (const [name, more, score] of rows) test(name, () => assert.equal(assess(situation(more)).score, score))
  test('and its evidence is still shown', () => {
    const { points, veto: why } = assess(situation({ vetoes: [veto(`${ip}/32`)] }))
    assert.equal(points.length, heavy.length)
    assert.ok(points.every((point) => point.points === 0))
    assert.equal(why, 'ours')
  })
})

describe('context is of public addresses alone', () => {
  const own: Shown = { family: 'scan', key: 'e', weight: 4, at: now, text: 'It scanned.' }
  const known = (address: string) =>
    assess(
      situation({
        ip: address,
        evidence: new Map([
          ['a', [own]],
          ['b', heavy],
        ]),
        origin: { country: 'FR', asn: 64_496 },
        foreign: [
          { kind: 'country', value: 'FR' },
          { kind: 'asn', value: '64496' },
          { kind: 'asn', value: '1' },
        ],
      }),
    ).points.map(({ evidence: { family, key } }) => `${family} ${key}`)
  test('a public one has the reputation of other sites, and an origin', () =>
    assert.deepEqual(known(ip).toSorted(), ['origin asn 64496', 'origin country FR', 'reputation b', 'scan e']))
  test('a private one has neither', () => assert.deepEqual(known('192.168.1.7'), ['scan e']))
})

describe('what follows', () => {
  const limits = { asked: [40, 60], thresholds: [30, 80] }
  const at = (weight: number, before: Partial<Told> = {}, later = 0) => {
    const evidence = new Map([['a', [{ ...heavy[0]!, weight }]]])
    const given = situation({ evidence, now: now + later })
    return consequence(given, assess(given), limits, { ...none, ...before })
  }
  test('of nothing is nothing', () => {
    const given = situation({ evidence: new Map() })
    assert.deepEqual(consequence(given, assess(given), limits, none), {
      score: 0,
      band: 0,
      until: undefined,
      tell: false,
      alarm: 0,
      acted: 0,
      due: undefined,
    })
  })
  test('of crossing what the policy asks for is that edges are told', () => {
    const { band, tell, until } = at(5)
    assert.deepEqual([band, tell], [40, true])
    assert.ok(until !== undefined && until > now + hourMs)
  })
  test('of staying in one band is nothing, whatever the score does there', () => {
    const { until } = at(5)
    assert.equal(at(5, { told: 40, toldUntil: until! }).tell, false)
    assert.equal(at(5, { told: 40, toldUntil: until! }, hourMs).tell, false)
  })
  test('of much more time is that edges are told again', () =>
    assert.equal(at(5.4, { told: 40, toldUntil: now + hourMs }).tell, true))
  test('of falling below is that edges are told', () =>
    assert.equal(at(1, { told: 40, toldUntil: now + 1 }).tell, true))
  test('of reaching a threshold is that it is acted upon, once', () => {
    const { alarm, acted } = at(5)
    assert.deepEqual([alarm, acted], [30, 0])
    assert.equal(at(5, { acted: 30 }).acted, 30)
  })
  test('of falling a little below a threshold is nothing, of falling far that it counts anew', () => {
    assert.equal(at(4.05, { acted: 30 }).acted, 30)
    assert.equal(at(3, { acted: 30 }).acted, 0)
  })
  test('is looked at again when it falls, and within hours in any case', () => {
    const { due } = at(5)
    assert.ok(due !== undefined && due > now && due <= now + 6 * hourMs)
  })
})
