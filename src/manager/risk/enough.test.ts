import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { openEnough, type Placed } from './enough.ts'
import { families, type FamilyName, hourMs } from './families.ts'
import { type Evidence, score } from './score.ts'

const now = Date.UTC(2026, 10, 21, 12)
const piece = (given: Partial<Placed['found'] & Omit<Placed, 'found'>> = {}): Placed => {
  const { site = 'north', edge = 'edge-1', zone = 'cell', ...found } = given
  return { site, edge, zone, found: { ip: '198.18.0.9', family: 'out-of-scope', weight: 1, at: now, ...found } }
}
const many = (count: number, given: Parameters<typeof piece>[0] = {}): Placed[] =>
  Array.from({ length: count }, () => piece(given))

describe('of a flood', () => {
  it('as much is kept as its family can matter for two half-lives', () => {
    const enough = openEnough()
    const first = enough.matters(many(1000))
    assert.equal(first.length, families['out-of-scope'].cap * 4)
    enough.kept(first)
    assert.deepEqual(enough.matters(many(1000)), [])
    assert.equal(enough.matters(many(1000, { at: now + hourMs })).length, first.length, 'later there is new evidence')
  })
  it('nothing is taken for kept before it is', () => {
    const enough = openEnough()
    assert.equal(enough.matters(many(1000)).length, enough.matters(many(1000)).length)
  })
  for (const [name, other] of [
    ['another source', { ip: '198.18.0.10' }],
    ['another site', { site: 'south' }],
    ['another edge', { edge: 'edge-2' }],
    ['another zone', { zone: 'dmz' }],
    ['another family', { family: 'scan' }],
    ['what weighs more', { weight: 3 }],
  ] as const)
    it(`${name} is evidence still`, () => {
      const enough = openEnough()
      enough.kept(enough.matters(many(1000)))
      assert.equal(enough.matters([piece(other)]).length, 1)
    })
  it('the score is what it would be with all of it, for two half-lives', () => {
    for (const family of ['out-of-scope', 'command', 'decoy'] satisfies FamilyName[]) {
      const flood = Array.from({ length: 5000 }, (_, at) => piece({ family, at: now + at * 1000 }))
      const scored = (pieces: readonly Placed[], at: number) =>
        score(
          pieces.map(({ found }, key): Evidence => ({ ...found, key: String(key) })),
          at,
        ).score
      const enough = openEnough()
      const kept: Placed[] = []
      for (const one of flood) {
        const some = enough.matters([one])
        enough.kept(some)
        kept.push(...some)
        const { at } = one.found
        if (at % 100_000 === 0)
          assert.equal(
            scored(kept, at),
            scored(
              flood.filter(({ found }) => found.at <= at),
              at,
            ),
          )
      }
      assert.ok(kept.length < flood.length / 2, `${kept.length} of ${family}`)
      const end = flood.at(-1)!.found.at
      for (const lives of [0.5, 1, 1.9]) {
        const at = end + lives * families[family].halfLife * hourMs
        assert.equal(scored(kept, at), scored(flood, at), `${family} after ${lives} half-lives`)
      }
    }
  })
  it('no more is remembered than there is room for', () => {
    const enough = openEnough(10)
    for (let host = 0; host < 100; host++) enough.kept(enough.matters(many(20, { ip: `198.18.1.${host}` })))
    assert.deepEqual(enough.matters(many(20, { ip: '198.18.1.99' })), [])
    assert.equal(enough.matters(many(20, { ip: '198.18.1.1' })).length, 16)
  })
})
