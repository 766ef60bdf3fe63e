/** An address that is released in the moment in which its time is over anyway. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { hold, lift, listHeld } from '#edge/kernel/containment.ts'
import { addTemporary, listTemporary, removeTemporary } from '#edge/kernel/permits.ts'
import { Nft } from '#linux/nftables.ts'
import { counters, table } from '#policy/nft/names.ts'

const ms = (time: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time)

/** The sets of a generation that a release looks at, with room for two. */
const sets = ([4, 6] as const)
  .flatMap((version) => {
    const address = `ipv${version}_addr`
    return [
      `set strangers${version} { type ifname . mark . ether_addr . ${address}; size 2; flags timeout; }`,
      `set contained_known${version} { type mark . ${address}; size 2; flags timeout; }`,
      `set held${version} { type mark . ${address}; size 2; flags timeout; }`,
      `map temporary${version} { type mark . ${address} . ${address} . inet_proto . inet_service : counter; size 2; flags timeout; }`,
      `map temporary_mac${version} { type ether_addr . ${address} . ${address} . inet_proto . inet_service : counter; size 2; flags timeout; }`,
    ]
  })
  .join('\n')

describe('what ends while it is taken back', () => {
  let nft: Nft
  before(() => {
    nft = Nft.open()
  })
  after(() => nft.close())
  beforeEach(() => {
    nft.run(`delete table bridge ${table}`)
    const made = nft.run(`table bridge ${table} {
      counter ${counters.temporary} { }
      ${sets}
      set stranger_macs { type ifname . mark . ether_addr; size 2; flags timeout; }
      set breaker { type mark . ipv6_addr; size 3; flags timeout; }
    }`)
    assert.ok(made.ok, JSON.stringify(made))
  })

  /** Holds an address, and has its time end and its place taken between the look at it and the change that takes it out. */
  const late = (): Nft => {
    hold(nft, 'bridge', { ip: '198.18.1.40', vlans: [0], seconds: 1 })
    hold(nft, 'bridge', { ip: '198.18.1.41', vlans: [0], seconds: 600 })
    return new Proxy(nft, {
      get: (target, name) => {
        if (name === 'change')
          return (...given: Parameters<Nft['change']>) => {
            if (listHeld(target, 'bridge').has('198.18.1.40')) {
              ms(1100)
              hold(target, 'bridge', { ip: '198.18.1.42', vlans: [0], seconds: 600 })
            }
            return target.change(...given)
          }
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }

  it('is released, although the set of those who are held is full without it', () => {
    const lifted = lift(late(), 'bridge', '198.18.1.40')
    assert.deepEqual(
      lifted.map(({ ip }) => ip),
      ['198.18.1.40'],
    )
    assert.deepEqual([...listHeld(nft, 'bridge')].toSorted(), ['198.18.1.41', '198.18.1.42'])
  })

  it('is released when the set is full with it', () => {
    hold(nft, 'bridge', { ip: '198.18.1.40', vlans: [0], seconds: 600 })
    hold(nft, 'bridge', { ip: '198.18.1.41', vlans: [0], seconds: 600 })
    lift(nft, 'bridge', '198.18.1.40')
    assert.deepEqual([...listHeld(nft, 'bridge')], ['198.18.1.41'])
  })

  it('is revoked', () => {
    const one = { vlan: 0, src: '198.18.1.70', dst: '198.18.1.10', proto: 6, port: 502 }
    addTemporary(nft, 'bridge', [one], 1)
    addTemporary(nft, 'bridge', [{ ...one, port: 503 }], 600)
    const slow = new Proxy(nft, {
      get: (target, name) => {
        if (name === 'run')
          return (...given: Parameters<Nft['run']>) => {
            if (given[0].startsWith('delete') && listTemporary(target, 'bridge').length === 2) ms(1100)
            return target.run(...given)
          }
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    removeTemporary(slow, 'bridge', [one, { ...one, port: 503 }])
    assert.deepEqual(listTemporary(nft, 'bridge'), [])
  })

  it('is refused as ever when the kernel says something else', () => {
    hold(nft, 'bridge', { ip: '198.18.1.40', vlans: [0], seconds: 600 })
    const deaf = new Proxy(nft, {
      get: (target, name) => {
        if (name === 'change') return () => ({ ok: false, error: 'no' })
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    assert.throws(() => lift(deaf, 'bridge', '198.18.1.40'), /The kernel refused the change: no/)
  })
})
