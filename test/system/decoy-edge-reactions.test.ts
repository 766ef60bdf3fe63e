import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHub, createStations } from '#linux/station.ts'
import { udp, ethernet, ipv4 } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { decoyRecord } from '#edge/decoys/records.ts'
import { hubOf } from '#edge/decoys/hub.ts'
import { Verifier } from '#schema/decoys.ts'
import type { Site } from '#schema/site.ts'
import { kernelSet, openField, type FieldWorld } from './decoys/world.ts'

type Row = Site['responses'][number]
const agreed: Row = { zone: 'cell-1', event: 'decoy', known: 'contain 10m', 'agreed-by': ['all'] }

let world: FieldWorld
before(async () => {
  world = await openField()
})
after(() => world.close())

describe('what is left of an earlier daemon', () => {
  it('is cleared before decoys stand, and when the plan has none', async () => {
    const hub = hubOf(world.edge)
    const stack = { ttl: 30, window: 4096, timestamps: false, windowScaling: false, sack: false }
    const left = { namespace: `${hub.namespace}-3`, mac: '00:1b:1b:00:00:09', stack, udpPorts: [] }
    await createHub(hub)
    await createStations(hub, [left])
    await world.tick()
    assert.deepEqual(world.namespaces(), [])
    assert.ok(!(await world.devices()).includes(hub.device))
  })
})

describe('whoever spent the budget of a decoy', () => {
  const pools = { addresses: ['198.18.1.50', '198.18.1.51'], budget: 'first' } as const
  const stored = (ip: string) => world.edge.store.containments.of({ ip }, Date.now())
  let told = 0
  before(() => world.plan(pools))
  beforeEach(() => {
    world.edge.site = { ...world.edge.site, responses: [] }
    told = world.events('would-contain').length
  })
  const spend = (source: string, more: { transport?: 'tcp' | 'udp'; address?: string } = {}): void =>
    world.touch({ source, ...more })

  it('is only told of where the zone does not contain', async () => {
    const { plan } = world.edge
    world.edge.plan = { ...plan, zones: plan.zones.map((zone) => ({ ...zone, mode: 'enforce' })) }
    spend('198.18.1.120')
    await world.until('it is told', () => world.events('would-contain').length > told)
    world.edge.plan = plan
    assert.deepEqual(stored('198.18.1.120'), [])
  })
  it('by a datagram is not contained, for it can be forged', async () => {
    spend('198.18.1.121', { transport: 'udp' })
    await world.until('it is told', () =>
      world.events('decoy-contact').some(({ source }) => source?.ip === '198.18.1.121'),
    )
    assert.deepEqual(stored('198.18.1.121'), [])
  })
  it('is told of with its handshake although a datagram came before', async () => {
    const { plan } = world.edge
    world.edge.plan = { ...plan, zones: plan.zones.map((zone) => ({ ...zone, mode: 'enforce' })) }
    for (const transport of ['udp', 'tcp'] as const) spend('198.18.1.127', { transport })
    const said = () => world.events('decoy-contact').filter(({ source }) => source?.ip === '198.18.1.127')
    await world.until('both are told', () => said().length > 1)
    world.edge.plan = plan
    assert.deepEqual(
      said()
        .map(({ protocol, port, count, details }) => [protocol, port, count, details?.['handshake']])
        .toSorted(([one], [other]) => String(one).localeCompare(String(other))),
      [
        ['tcp', 7001, 2, true],
        ['udp', 7001, 2, false],
      ],
    )
  })
  it('and is a known asset is not contained unless that was agreed', async () => {
    spend('198.18.1.70')
    await world.until('it is told', () => world.events('decoy-contact').some(({ source }) => source?.asset === 'hmi'))
    assert.deepEqual(stored('198.18.1.70'), [])
  })
  it('and is a known asset is contained as one of three where it was agreed', async () => {
    world.edge.site = { ...world.edge.site, responses: [agreed] }
    spend('198.18.1.70')
    await world.until('the containment', () => stored('198.18.1.70').length > 0)
    assert.equal(stored('198.18.1.70')[0]?.kind, 'known')
    assert.equal(kernelSet(world, 'contained_known4').length, 1)
    assert.equal(kernelSet(world, 'breaker').length, 1)
  })
  it('and is the fourth known asset is told of and not contained', async () => {
    world.edge.site = { ...world.edge.site, responses: [agreed] }
    const known = ['198.18.1.72', '198.18.1.10', '198.18.1.11']
    for (const ip of known) {
      spend(ip)
      await world.until(`${ip} is told of`, () => world.events('decoy-contact').some(({ source }) => source?.ip === ip))
    }
    await world.until('the third is contained', () => kernelSet(world, 'contained_known4').length === 3)
    await world.until('the fourth is told of', () => world.events('set-full').length > 0)
    assert.equal(kernelSet(world, 'contained_known4').length, 3)
  })
  it('and is a stranger is contained by its address', async () => {
    spend('198.18.1.122')
    await world.until('the containment', () => kernelSet(world, 'held4').some((key) => key.endsWith('198.18.1.122')))
    assert.deepEqual(
      stored('198.18.1.122').map(({ kind, reason, scope }) => ({ kind, reason, scope })),
      [{ kind: 'ordered', reason: 'decoy-contact', scope: 'edge' }],
    )
  })
  it('is not believed to have touched one at all where the kernel let nothing through', async () => {
    assert.ok(world.edge.nft.run('delete element bridge bulkhead decoy_peers { 198.18.1.124 }').ok)
    spend('198.18.1.124')
    await world.until('the alarm', () => world.edge.alarms.has('decoy-named'))
    assert.deepEqual(stored('198.18.1.124'), [])
    world.edge.alarms.delete('decoy-named')
  })
  it('is not believed to have touched a decoy that does not stand', async () => {
    spend('198.18.1.123', { address: '198.18.1.59' })
    await world.tick()
    assert.ok(!world.events('decoy-contact').some(({ source }) => source?.ip === '198.18.1.123'))
    assert.deepEqual(stored('198.18.1.123'), [])
  })
})

describe('a login at a decoy', () => {
  it('with a planted user is told with its class and a tag, not with its password, and contains', async () => {
    await world.plan({
      addresses: ['198.18.1.55'],
      honeytokens: [{ id: 'vault', user: 'svc-backup' }],
    })
    const said = await world.ask('198.18.1.55', 'login svc-backup S3cret-of-mine')
    assert.equal(said, 'refused\n')
    await world.until('it is told', () => world.events('decoy-login').length > 0)
    const [event] = world.events('decoy-login')
    assert.equal(event?.class, 'P1')
    assert.equal(event?.reason, 'honeytoken')
    assert.match(String(event?.details?.['tag']), /^[0-9a-f]{64}$/)
    assert.ok(!JSON.stringify(event).includes('S3cret'))
    await world.until('the containment', () => kernelSet(world, 'held4').some((key) => key.endsWith(world.seeker.ip)))
    await world.until(
      'the recording',
      () => world.edge.decoys.sessions(world.edge, { decoy: '198.18.1.55', limit: 1 }).length > 0,
    )
    const [session] = world.edge.decoys.sessions(world.edge, { decoy: '198.18.1.55', limit: 1 })
    assert.equal(session?.class, 'honeytoken')
    const { chunks } = world.edge.decoys.session(world.edge, { id: session?.id ?? '' })
    assert.equal(Buffer.from(chunks[0]?.b ?? '', 'base64').toString(), `login svc-backup ${'*'.repeat(14)}\n`)
    for (const text of ['S3cret-of-mine', Buffer.from('S3cret-of-mine').toString('base64').slice(0, 18)])
      assert.ok(!world.stateHolds(text), 'the clear text is in no file')
  })
})

describe('a verifier that cannot be asked', () => {
  const file = '/run/decoy-passwords'
  const verifier = Verifier.parse({ kind: 'list', file })
  const said = () => world.edge.alarms.get('decoy-verifier')

  it('is alarmed until its file is there', async () => {
    rmSync(file, { force: true })
    await world.plan({ addresses: ['198.18.1.57'], verifier })
    assert.match(said() ?? '', /not verified: the list of passwords/)
    writeFileSync(file, '')
    await world.until('it is asked', async () => {
      await world.tick()
      return said() === undefined
    })
  })
  it('is not alarmed when the policy has none any more', async () => {
    rmSync(file)
    await world.noPlan()
    await world.plan({ addresses: ['198.18.1.57'], verifier })
    assert.notEqual(said(), undefined)
    await world.plan({ addresses: ['198.18.1.57'] })
    assert.equal(said(), undefined)
  })
})

describe('alarms of decoys', () => {
  it('end with the decoys', async () => {
    await world.plan({ addresses: ['198.18.1.57'] })
    world.edge.nft.run('delete element bridge bulkhead decoy_peers { 198.18.1.5 }')
    world.touch({ source: '198.18.1.5' })
    assert.notEqual(world.edge.alarms.get('decoy-named'), undefined)
    await world.noPlan()
    assert.deepEqual(
      [...world.edge.alarms.keys()].filter((id) => id.startsWith('decoy')),
      [],
    )
  })
})

describe('a record of the kernel', () => {
  it('of DHCP takes a decoy away from the address that is given out', async () => {
    await world.plan({ addresses: ['198.18.1.56', '198.18.1.57'] })
    const bytes = new Uint8Array(300)
    bytes.set([1, 1, 6])
    bytes.set([0x63, 0x82, 0x53, 0x63, 53, 1, 3, 50, 4, 198, 18, 1, 56, 255], 236)
    const ends = { src: '0.0.0.0', dst: '255.255.255.255' }
    const datagram = udp(ends, { sport: 68, dport: 67, payload: bytes })
    const packet = ipv4({ ...ends, proto: ipProtocols.udp, payload: datagram })
    const frame = ethernet({
      dst: 'ff:ff:ff:ff:ff:ff',
      src: '02:00:00:00:00:98',
      etherType: etherTypes.ipv4,
      payload: packet,
    })
    const said = decoyRecord('decoy-dhcp|edge', frame)
    assert.deepEqual(said, {
      is: 'claim',
      address: '198.18.1.56',
      how: 'is given it by DHCP',
      mac: '02:00:00:00:00:98',
    })
    if (said !== undefined) world.edge.decoys.takeRecord(world.edge, said)
    await world.until('the decoy is gone', () => !world.addresses().includes('198.18.1.56'))
  })
})

describe('an address that the kernel saw claimed', () => {
  const claim = (address: string) =>
    assert.ok(world.edge.nft.run(`add element bridge bulkhead decoy_withdrawn { ${address} timeout 30d }`).ok)

  it('is left although its record did not come', async () => {
    await world.plan({ addresses: ['198.18.1.60', '198.18.1.61'] })
    claim('198.18.1.60')
    await world.until('the decoy is gone', async () => {
      await world.tick()
      return !world.addresses().includes('198.18.1.60')
    })
    assert.equal(await world.seeker.macOf('198.18.1.60'), undefined)
  })
  it('while no daemon ran has no decoy after the start', async () => {
    await world.noPlan()
    claim('198.18.1.62')
    await world.plan({ addresses: ['198.18.1.62', '198.18.1.63'] })
    assert.deepEqual(world.addresses(), ['198.18.1.63'])
  })
  it('has a decoy again when its time is over, and the kernel lets others to it', async () => {
    await world.noPlan()
    await world.plan({ addresses: ['198.18.1.64', '198.18.1.65'], withdrawFor: 1 })
    claim('198.18.1.64')
    world.claim('198.18.1.64')
    await world.until('the decoy is gone', () => !world.addresses().includes('198.18.1.64'))
    await world.until('it is back', async () => {
      await world.tick()
      return world.addresses().includes('198.18.1.64')
    })
    assert.ok(!kernelSet(world, 'decoy_withdrawn').includes('198.18.1.64'))
    assert.equal(await world.seeker.macOf('198.18.1.64'), world.list()[0]?.mac)
  })

  /** As the rules do with each frame of whoever is there. */
  const speaks = (address: string) =>
    world.edge.nft.run(`delete element bridge bulkhead decoy_withdrawn { ${address} }
add element bridge bulkhead decoy_withdrawn { ${address} timeout 30d }`)

  it('has none as long as whoever claimed it is there', async () => {
    await world.noPlan()
    await world.plan({ addresses: ['198.18.1.66', '198.18.1.67'], withdrawFor: 2 })
    claim('198.18.1.66')
    world.claim('198.18.1.66')
    await world.until('the decoy is gone', () => !world.addresses().includes('198.18.1.66'))
    const row = () => world.edge.decoys.list(world.edge).decoys.find(({ address }) => address === '198.18.1.66')
    const { until } = row() ?? {}
    for (let step = 0; step < 8; step++) {
      assert.ok(speaks('198.18.1.66').ok)
      await world.tick()
      assert.deepEqual(world.addresses(), ['198.18.1.67'])
      await sleep(500)
    }
    assert.ok((row()?.until ?? '') > (until ?? '~'), 'it is told that it stays away for longer')
    assert.equal(
      world.events('decoy-withdrawn').filter(({ destination }) => destination?.ip === '198.18.1.66').length,
      1,
    )
  })

  it('has none later either where somebody was heard while none stood', async () => {
    await world.noPlan()
    const addresses = Array.from({ length: 8 }, (_, at) => `198.18.1.${140 + at}`)
    await world.plan({ addresses, count: 2, share: 1 })
    const [spare] = addresses.filter((address) => !world.addresses().includes(address))
    assert.ok(spare !== undefined)
    claim(spare)
    for (let epoch = 0; epoch < 6; epoch++) {
      await world.edge.decoys.shuffle(world.edge, { now: false, force: true, reason: 'drill', by: 'ana' })
      assert.ok(!world.addresses().includes(spare), `movement ${epoch}`)
    }
    const [told] = world.events('decoy-withdrawn').filter(({ destination }) => destination?.ip === spare)
    assert.match(told?.text ?? '', /^No decoy comes to /)
  })

  it('has none from the first moment where a device speaks before the addresses were listened to for long enough', async () => {
    await world.noPlan()
    const addresses = ['198.18.1.81', '198.18.1.82', '198.18.1.83']
    await world.plan({ addresses, listenFor: 4 })
    const list = () => world.edge.decoys.list(world.edge)
    assert.equal(list().listening?.addresses, 3)
    assert.equal(await world.seeker.macOf('198.18.1.81'), undefined)
    claim('198.18.1.82')
    const began = performance.now()
    await world.until('the others have decoys', async () => {
      await world.tick()
      assert.ok(!world.addresses().includes('198.18.1.82'))
      return world.addresses().length > 0
    })
    assert.ok(performance.now() - began < 20_000)
    assert.deepEqual(world.addresses(), ['198.18.1.81', '198.18.1.83'])
    assert.equal(list().listening, undefined)
    const [told] = world.events('decoy-withdrawn').filter(({ destination }) => destination?.ip === '198.18.1.82')
    assert.match(told?.text ?? '', /^No decoy comes to /)
    // The rules have heeded them since: a new plan, or another daemon, need not wait.
    await world.noPlan()
    await world.plan({ addresses, listenFor: 600, withdrawFor: 600 })
    assert.deepEqual(world.addresses(), ['198.18.1.81', '198.18.1.83'])
  })

  it('is no longer alarmed once it is taken out of the pool', async () => {
    await world.noPlan()
    await world.plan({ addresses: ['198.18.1.68', '198.18.1.69'] })
    claim('198.18.1.68')
    world.claim('198.18.1.68')
    await world.until('it is alarmed', () => world.edge.alarms.get('decoy-withdrawn')?.includes('198.18.1.68') === true)
    await world.plan({ addresses: ['198.18.1.69'] })
    assert.equal(world.edge.alarms.get('decoy-withdrawn'), undefined)
    assert.equal(world.edge.decoys.status()?.withdrawn, 0)
    await world.plan({ addresses: ['198.18.1.68', '198.18.1.69'] })
    assert.deepEqual(world.addresses(), ['198.18.1.69'], 'it is remembered all the same')
  })
})

describe('rules without decoys', () => {
  it('are an alarm, and nothing stands', async () => {
    await world.noPlan()
    assert.ok(world.edge.nft.run('delete set bridge bulkhead decoy_macs').ok)
    await assert.rejects(world.plan({ addresses: ['198.18.1.58'] }), /decoy_macs|refused/)
    assert.deepEqual(world.namespaces(), [])
    assert.equal(await world.seeker.macOf('198.18.1.58'), undefined)
    await assert.rejects(world.tick(), /refused/)
  })
})
