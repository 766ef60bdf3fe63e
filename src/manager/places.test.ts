import assert from 'node:assert/strict'
import { it } from 'node:test'
import { networkOf, type Places, places } from './places.ts'

const taken = (of: Places, address: string, tries = 1000): number =>
  Array.from({ length: tries }, () => of.take(networkOf(address))).filter((end) => end !== undefined).length

it('one holder takes half of the room and no more', () => assert.equal(taken(places(64), '198.18.0.1'), 32))
it('and leaves a share to each of the others, until there is no room', () => {
  const of = places(64)
  const all = ['1', '2', '3', '4', '5', '6'].map((last) => taken(of, `198.18.0.${last}`))
  assert.deepEqual(all, [32, 8, 8, 8, 8, 0])
})
for (const [name, one, other, left] of [
  ['addresses of one /64 are one', '2001:db8::1', '2001:db8:0:0:ffff::2', 0],
  ['those of another /64 are others', '2001:db8::1', '2001:db8:0:1::1', 8],
  ['so are IPv4 addresses in IPv6', '::ffff:198.18.0.1', '::ffff:198.18.0.2', 8],
] as const)
  it(name, () => {
    const of = places(64)
    taken(of, one)
    assert.equal(taken(of, other), left)
  })
it('what was given back counts no more, however often it is', () => {
  const of = places(2)
  const end = of.take('198.18.0.1')
  end?.()
  end?.()
  assert.equal(taken(of, '198.18.0.1'), 1)
  assert.equal(taken(of, '198.18.0.2'), 1)
  assert.equal(taken(of, '198.18.0.3'), 0)
})
