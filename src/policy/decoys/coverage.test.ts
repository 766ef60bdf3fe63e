import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { advice, coverageOf, foundAfter, needed, targets, together, type Ground } from './coverage.ts'
import { simulate } from './scan.ts'

const hosts = (net: string, from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${net}.${from + i}`)
const ground = (real: readonly string[], decoys: readonly string[], approved = decoys.length): Ground => ({
  real,
  decoys,
  approved,
})

const grounds: readonly { name: string; ground: Ground; sources: number }[] = [
  { name: 'one decoy, one real host', ground: ground(['198.18.1.10'], ['198.18.1.9']), sources: 3 },
  { name: 'ten real hosts and no decoy', ground: ground(hosts('198.18.1', 10, 10), []), sources: 2 },
  { name: 'decoys and no real host', ground: ground([], hosts('198.18.1', 10, 10)), sources: 2 },
  {
    name: 'a cell without enough',
    ground: ground(hosts('198.18.1', 10, 12), hosts('198.18.1', 40, 20), 100),
    sources: 5,
  },
  {
    name: 'a cell with enough',
    ground: ground(hosts('198.18.1', 10, 12), hosts('198.18.1', 40, 180), 190),
    sources: 20,
  },
  { name: 'a big network', ground: ground(hosts('198.18.1', 1, 100), hosts('198.18.2', 1, 250)), sources: 50 },
]

const runs = 10_000
for (const { name, ground: of, sources } of grounds)
  describe(`formulas and ${runs} simulated scans agree within three standard errors: ${name}`, () => {
    const formulas = coverageOf(of)
    const scans = simulate(of, { runs, sources, seed: Uint8Array.from({ length: 32 }, (_, i) => i * 3) })
    const rows = [
      ['a decoy is touched first', formulas.first, scans.first],
      ['found by one source', formulas.expected, scans.found],
      [`found by ${sources} sources`, foundAfter(of.decoys.length, of.real.length, sources), scans.foundByAll],
    ] as const
    for (const [what, wanted, { mean, error }] of rows)
      test(`${what}: ${wanted.toFixed(4)}`, () =>
        assert.ok(Math.abs(mean - wanted) <= 3 * error + 1e-9, `${mean} ± ${error}, not ${wanted}`))
    test('and in the order of addresses they are the same', () =>
      assert.deepEqual([scans.upwards, scans.downwards], [formulas.upwards, formulas.downwards]))
  })

test('the same seed gives the same scans, another gives others', () => {
  const of = grounds[3]!.ground
  const with1 = (seed: number) => simulate(of, { runs: 100, sources: 2, seed: Uint8Array.of(seed) })
  assert.deepEqual(with1(1), with1(1))
  assert.notDeepEqual(with1(1), with1(2))
})

describe('a scan in the order of addresses', () => {
  const real = hosts('198.18.1', 10, 5)
  const rows: readonly [string, readonly string[], number, number][] = [
    ['meets a decoy below first', ['198.18.1.9'], 0, 5],
    ['meets a decoy above first from above', ['198.18.1.15'], 5, 0],
    ['meets guards from both ends', ['198.18.1.9', '198.18.1.15'], 0, 0],
    ['finds everybody before a decoy that is far', ['198.18.2.1'], 5, 0],
    ['finds those below a decoy in between', ['198.18.1.7', '198.18.1.16'], 0, 0],
    ['finds everybody without decoys', [], 5, 5],
  ]
  for (const [name, decoys, upwards, downwards] of rows)
    test(name, () => {
      const found = coverageOf(ground(real, decoys))
      assert.deepEqual([found.upwards, found.downwards], [upwards, downwards])
    })
})

describe('as many decoys as are needed', () => {
  for (const [real, approved] of [
    [0, 10],
    [1, 9],
    [5, 60],
    [12, 190],
    [12, 100],
    [99, 4000],
  ] as const)
    test(`reach every target, and one fewer does not: ${real} real hosts, ${approved} addresses`, () => {
      const at = (n: number) => coverageOf(ground(hosts('198.18.0', 0, real), hosts('198.18.1', 0, n), approved))
      const reached = (n: number) => {
        const { dark, first, expected } = at(n)
        return (
          dark >= targets.dark - 1e-9 &&
          (real === 0 || first >= targets.first - 1e-9) &&
          expected <= targets.expected + 1e-9
        )
      }
      const wanted = needed(at(0))
      assert.ok(reached(wanted), String(wanted))
      assert.ok(!reached(wanted - 1), String(wanted - 1))
    })
})

describe('what to change', () => {
  const rows: readonly [string, Ground, RegExp | undefined][] = [
    [
      'nothing, when every target is reached',
      ground(['198.18.1.50'], ['198.18.1.49', ...hosts('198.18.1', 51, 20)]),
      undefined,
    ],
    [
      'more decoys, when there are addresses',
      ground(['198.18.1.50'], ['198.18.1.49', '198.18.1.51'], 30),
      /^25 more decoys/,
    ],
    [
      'more addresses, when there are too few',
      ground(hosts('198.18.1', 50, 10), hosts('198.18.1', 40, 10)),
      /need 99 decoys.*approve 89 more/,
    ],
    ['an address below', ground(['198.18.1.50'], hosts('198.18.1', 51, 20)), /below the lowest/],
    ['an address above', ground(['198.18.1.50'], hosts('198.18.1', 20, 20)), /above the highest/],
  ]
  for (const [name, of, says] of rows)
    test(name, () => {
      const said = advice(coverageOf(of))
      if (says === undefined) assert.deepEqual(said, [])
      else assert.match(said.join('\n'), says)
    })
})

test('of several pools in one zone a real host counts once', () => {
  const real = hosts('198.18.1', 10, 5)
  const all = coverageOf(together([ground(real, ['198.18.1.40'], 4), ground(real, ['198.18.1.60'], 6)]))
  assert.deepEqual([all.real, all.decoys, all.approved, all.dark], [5, 2, 10, 0.2])
})
