/**
 * Containment: a stranger loses everything at its first packet out of scope, known assets are denied, and nothing that can be
 * forged contains anybody. No daemon runs: the kernel does all of it.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { etherTypes } from '#packet/numbers.ts'
import { everything, icmpTo, inScope, plc, tcpTo, udpTo, type Sender } from './containment/frames.ts'
import { addresses, mac, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'
import { allPolls, arrivingPolls, stranger } from './containment/senders.ts'

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

describe('a stranger', () => {
  before(() => scene.enforce(planFrom(plantPolicy())))

  const firsts = [
    { name: 'a TCP SYN', of: (from: Sender, six: boolean) => tcpTo(from, plc(six), 22) },
    { name: 'a UDP datagram', of: (from: Sender, six: boolean) => udpTo(from, plc(six), 69) },
    { name: 'an ICMP echo request', of: (from: Sender, six: boolean) => icmpTo(from, plc(six)) },
    {
      name: 'a SYN to a port of the permitted service',
      of: (from: Sender, six: boolean) => tcpTo(from, plc(six), 502),
    },
  ]
  const kinds = firsts.flatMap(({ name, of }) =>
    [false, true].map((six) => ({ name: `${name} over IPv${six ? 6 : 4}`, six, of })),
  )

  for (const six of [false, true])
    it(`that stays in its scope is heard, over IPv${six ? 6 : 4}`, async () => {
      const rows = inScope(stranger(2000, six))
      assert.deepEqual(await scene.passing('plant', rows), Object.keys(rows).toSorted())
      assert.deepEqual(scene.contained(), [])
    })

  it('delivers nothing from its first packet out of scope on, over any EtherType: 1,000 of them', async () => {
    const stoppedBefore = scene.count('contained')
    const expected: string[] = []
    let sent = 0
    for (let number = 0; number < 1000; number++) {
      const kind = kinds[number % kinds.length]
      if (kind === undefined) continue
      const who = stranger(number, kind.six)
      const rows: Record<string, Uint8Array> = { 'its first packet': kind.of(who, kind.six), ...everything(who) }
      expected.push(`stranger ${who.ip}`)
      sent += Object.keys(rows).length
      assert.deepEqual(await scene.passing('plant', rows), [], `stranger ${number}, who began with ${kind.name}`)
    }
    assert.deepEqual(scene.contained(), expected.toSorted())
    assert.equal(new Set(scene.macs()).size, 1000)
    assert.ok(sent > 20_000, `${sent} frames`)
    assert.ok(scene.count('contained') - stoppedBefore > sent * 0.8, 'the containment stopped them, not the scope')
    assert.deepEqual(await arrivingPolls(scene), allPolls)
  })

  const disguises: readonly [string, (from: Sender) => Sender][] = [
    [
      'in the other IP version',
      (from) => ({ ...from, ip: from.ip.includes(':') ? '198.18.120.1' : 'fd00:198:18:2::7:1' }),
    ],
    [
      'with an address outside of the site',
      (from) => ({ ...from, ip: from.ip.includes(':') ? 'fd00:198:18:9::1' : '203.0.113.9' }),
    ],
    ['with a priority tag', (from) => ({ ...from, tags: [{ id: 0, priority: 6 }] })],
    ['with the tag of a VLAN that nobody declared', (from) => ({ ...from, tags: [{ id: 77 }] })],
    ['with a service tag', (from) => ({ ...from, tags: [{ id: 20, type: etherTypes.qinq }] })],
    ['with two tags', (from) => ({ ...from, tags: [{ id: 0 }, { id: 20 }] })],
  ]
  for (const [name, disguise] of disguises)
    it(`that is contained is not heard ${name} either`, async () => {
      for (const six of [false, true]) {
        const who = stranger(six ? 1 : 0, six)
        assert.deepEqual(await scene.passing('plant', everything(disguise(who))), [])
      }
    })

  it('is contained on a VLAN as well', async () => {
    const who = { ...stranger(3000), tags: [{ id: 20, priority: 3 }] }
    assert.deepEqual(await scene.passing('plant', { first: tcpTo(who, plc(false), 22), ...everything(who) }), [])
    assert.deepEqual(await scene.passing('plant', everything({ ...who, tags: [{ id: 77 }] })), [])
  })

  it('is heard towards a zone that only enforces, where nobody is contained', async () => {
    await scene.enforce(planFrom(plantPolicy({ mode: 'enforce' })))
    const who = stranger(1)
    assert.deepEqual(await scene.passing('plant', { first: tcpTo(who, plc(false), 22) }), [])
    const rows = inScope(who)
    assert.deepEqual(await scene.passing('plant', rows), Object.keys(rows).toSorted())
    assert.deepEqual(scene.contained(), [])
  })
})

describe('known assets', () => {
  /** Assets whose IPv6 addresses end alike, as they do where every subnet counts from ::10. */
  const crowd = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, at) => ({
    name: `asset-${name}`,
    mac: mac(0x77_0000 + at),
    ip: at % 2 === 0 ? `198.18.100.${at + 1}` : `fd00:198:18:2:${at}::10`,
  }))
  const policy = (response: string) => {
    const plain = plantPolicy({ known: response })
    const zoned = Object.fromEntries(
      crowd.map(({ name, mac: own, ip }) => [name, { ips: [ip], macs: [own], zone: 'supervisory' }]),
    )
    return planFrom({ ...plain, assets: { ...plain.assets, ...zoned } })
  }
  const leave = async () => {
    for (const who of crowd) {
      const six = who.ip.includes(':')
      const rows = { ssh: tcpTo(who, plc(six), 22), tftp: udpTo(who, plc(six), 69), ping: icmpTo(who, plc(six)) }
      assert.deepEqual(await scene.passing('plant', rows), [], who.name)
    }
  }

  it('are denied and never contained, unless the responses say so', async () => {
    await scene.enforce(policy('deny'))
    await leave()
    assert.deepEqual(scene.contained(), [])
    assert.deepEqual(scene.macs(), [])
  })

  it('are contained three at a time where the responses say so, IPv4 and IPv6 together; the others are denied', async () => {
    await scene.enforce(policy('contain 1h'))
    await leave()
    assert.deepEqual(
      scene.contained(),
      crowd
        .slice(0, 3)
        .map(({ ip }) => `known ${ip}`)
        .toSorted(),
    )
    assert.deepEqual(scene.macs(), [])
    for (let round = 0; round < 20; round++) await leave()
    assert.equal(scene.contained().length, 3)
  })

  it('count once each at the three places, also when the ends of their IPv6 addresses are the same', async () => {
    const six = crowd.filter(({ ip }) => ip.includes(':'))
    await scene.enforce(policy('contain 1h'))
    for (const who of [...six, ...crowd])
      await scene.passing('plant', { ssh: tcpTo(who, plc(who.ip.includes(':')), 22) })
    assert.deepEqual(scene.contained(), six.map(({ ip }) => `known ${ip}`).toSorted())
  })

  it('lose what they could do before once they are contained, the others do not', async () => {
    await scene.enforce(policy('contain 1h'))
    const [first, ...rest] = crowd.filter(({ ip }) => !ip.includes(':'))
    assert.ok(first)
    const open = (who: Sender) => ({ [who.mac]: tcpTo(who, { mac: macs.rtu, ip: addresses.rtu[0] }, 4840) })
    assert.deepEqual(await scene.passing('plant', open(first)), [first.mac])
    await scene.passing('plant', { ssh: tcpTo(first, plc(false), 22) })
    assert.deepEqual(await scene.passing('plant', open(first)), [])
    for (const who of rest) assert.deepEqual(await scene.passing('plant', open(who)), [who.mac])
  })
})
