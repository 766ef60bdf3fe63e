import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectIn } from '#linux/namespace.ts'
import { kernelSet, openField, type FieldWorld } from './decoys/world.ts'
import { bridge } from './decoys/seeker.ts'

const everyOption = Uint8Array.of(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7)

describe('decoys of an edge', () => {
  let world: FieldWorld
  before(async () => {
    world = await openField()
  })
  after(() => world.close())

  it('are not there as long as the plan has none', async () => {
    await world.tick()
    assert.equal(world.edge.decoys.status(), undefined)
    assert.equal(await world.seeker.macOf('198.18.1.40'), undefined)
  })

  it('stand without a word on the wire, and the kernel knows where', async () => {
    const spoken = world.seeker.heard(1500)
    await world.plan({ addresses: ['198.18.1.40', '198.18.1.41', '198.18.1.42'] })
    assert.deepEqual(await spoken, [])
    assert.deepEqual(kernelSet(world, 'decoys'), world.addresses().toSorted())
    assert.deepEqual(kernelSet(world, 'decoy_macs'), world.macs())
    for (const { address, mac } of world.list()) assert.equal(await world.seeker.macOf(address), mac)
    assert.equal(await world.seeker.macOf('198.18.1.43'), undefined)
  })

  it('look as their persona does', async () => {
    const [decoy] = world.list()
    assert.ok(decoy !== undefined)
    await world.seeker.macOf(decoy.address)
    const answer = await world.seeker.syn({ mac: decoy.mac, ip: decoy.address }, 7001, everyOption)
    assert.ok(answer !== undefined, 'a SYN-ACK')
    assert.equal(answer[22], 30, 'time to live')
    assert.equal(new DataView(answer.buffer, answer.byteOffset).getUint16(14 + 20 + 14), 4096, 'window')
  })

  it('answer over sockets that were handed to a host without privileges', async () => {
    const answer = await world.ask('198.18.1.41', 'hello')
    assert.equal(answer, 'hello\n')
    await world.until('the contact is told', () => world.events('decoy-contact').length > 0)
    const [event] = world.events('decoy-contact')
    assert.equal(event?.source?.ip, world.seeker.ip)
    assert.equal(event?.destination?.ip, '198.18.1.41')
    assert.deepEqual(await world.hostPrivileges(), { capabilities: 0n, noNewPrivileges: true, interfaces: ['lo'] })
  })

  it('keep both directions of a conversation', async () => {
    await world.until('a recording', () => world.edge.decoys.sessions(world.edge, { limit: 50 }).length > 0)
    const [session] = world.edge.decoys.sessions(world.edge, {
      source: world.seeker.ip,
      decoy: '198.18.1.41',
      limit: 1,
    })
    assert.ok(session !== undefined)
    const { chunks } = world.edge.decoys.session(world.edge, { id: session.id })
    const said = (direction: 0 | 1) =>
      chunks.flatMap(({ d, b }) => (d === direction ? [Buffer.from(b, 'base64').toString()] : [])).join('')
    assert.equal(said(0), 'hello\n')
    assert.equal(said(1), 'hello\n')
  })

  it('lose no address and no word of an event when their host is killed, and it comes back', async () => {
    const { host } = world.edge.decoys.list(world.edge)
    process.kill(host.pid ?? 0, 'SIGKILL')
    await world.until('the host is missed', () => world.events('degraded').length > 0)
    assert.equal(await world.seeker.macOf('198.18.1.40'), world.list()[0]?.mac)
    await world.until('another host', async () => {
      await world.tick()
      const now = world.edge.decoys.list(world.edge).host
      return now.state === 'running' && now.pid !== host.pid
    })
    assert.equal(await world.ask('198.18.1.40', 'again'), 'again\n')
  })

  it('leave an address to whoever claims it, and stay away', async () => {
    world.claim('198.18.1.42')
    await world.until('the decoy is gone', () => !world.addresses().includes('198.18.1.42'))
    await world.until('it is told', () => world.events('decoy-withdrawn').length > 0)
    assert.equal(await world.seeker.macOf('198.18.1.42'), undefined)
    assert.ok(!kernelSet(world, 'decoys').includes('198.18.1.42'))
    assert.ok(kernelSet(world, 'decoy_withdrawn').includes('198.18.1.42'))
    assert.match([...world.edge.alarms.values()].join(' '), /198\.18\.1\.42/)
    const row = world.edge.decoys.list(world.edge).decoys.find(({ address }) => address === '198.18.1.42')
    assert.equal(row?.state, 'withdrawn')
  })

  it('come back to it when a person says so, and are told', async () => {
    const order = { addresses: ['198.18.1.42'], reason: 'a drill', by: 'ana' }
    await assert.rejects(
      world.edge.decoys.giveBack(world.edge, { ...order, addresses: ['198.18.1.99'] }),
      /Nobody claimed 198\.18\.1\.99/,
    )
    assert.deepEqual((await world.edge.decoys.giveBack(world.edge, order)).returned, ['198.18.1.42'])
    assert.ok(!kernelSet(world, 'decoy_withdrawn').includes('198.18.1.42'))
    assert.ok(kernelSet(world, 'decoys').includes('198.18.1.42'))
    const row = world.list().find(({ address }) => address === '198.18.1.42')
    assert.equal(row?.state, 'standing')
    assert.equal(await world.seeker.macOf('198.18.1.42'), row.mac)
    assert.doesNotMatch([...world.edge.alarms.values()].join(' '), /198\.18\.1\.42/)
    assert.match(world.events('decoy-shuffle').at(-1)?.text ?? '', /198\.18\.1\.42, which was claimed: a drill/)
  })

  it('leave many addresses that are claimed at once', async () => {
    await world.plan({ addresses: Array.from({ length: 60 }, (_, at) => `198.18.1.${100 + at}`) })
    for (const address of world.addresses().slice(0, 30)) world.claim(address)
    await world.until('they are gone', () => world.addresses().length === 30)
    await world.until('each is told', () => world.events('decoy-withdrawn').length === 31)
  })

  it('move to other addresses and say nothing about it', async () => {
    const spare = Array.from({ length: 20 }, (_, at) => `198.18.1.${200 + at}`)
    await world.plan({ addresses: spare, count: 10, share: 1 })
    const old = world.list()
    const spoken = world.seeker.heard(1200)
    const report = await world.edge.decoys.shuffle(world.edge, { now: false, force: true, reason: 'drill', by: 'ana' })
    assert.deepEqual(await spoken, [])
    assert.equal(report.epoch, 1)
    assert.ok(report.moved > 0, `${report.moved} moved`)
    assert.deepEqual(
      world.addresses().filter((address) => old.some((row) => row.address === address)).length,
      10 - report.moved,
    )
    for (const address of report.left) assert.equal(await world.seeker.macOf(address), undefined, address)
    for (const { address, mac } of world.list().slice(0, 4))
      assert.equal(await world.seeker.macOf(address), mac, address)
    assert.deepEqual(kernelSet(world, 'decoys'), world.addresses().toSorted())
    assert.equal(await world.ask(report.appeared[0] ?? '', 'there'), 'there\n')
    await assert.rejects(
      world.edge.decoys.shuffle(world.edge, { now: true, force: false, reason: 'drill', by: 'ana' }),
      /moved/,
    )
  })

  it('move with other Ethernet addresses, of stations that exchange theirs too', async () => {
    const [first, second] = world.macs()
    assert.ok(first !== undefined && second !== undefined)
    world.turnMacs()
    const was = new Map(world.list().map(({ address, mac, name }) => [address, `${mac} ${name}`]))
    const report = await world.edge.decoys.shuffle(world.edge, { now: false, force: true, reason: 'drill', by: 'ana' })
    const others = world.list().filter(({ address, mac, name }) => (was.get(address) ?? name) !== `${mac} ${name}`)
    assert.equal(report.changed, others.filter(({ address }) => was.has(address)).length)
    for (const { address, mac } of world.list().slice(0, 6))
      assert.equal(await world.seeker.macOf(address), mac, address)
  })

  it('become other devices where they stand in a full pool', async () => {
    await world.plan({ addresses: ['198.18.1.46', '198.18.1.47', '198.18.1.48'], share: 1 })
    const was = world.list().map(({ name }) => name)
    const report = await world.edge.decoys.shuffle(world.edge, { now: false, force: true, reason: 'drill', by: 'ana' })
    assert.equal(report.moved, 0)
    assert.equal(report.changed, world.list().filter(({ name }, at) => name !== was[at]).length)
    assert.ok(report.changed > 0)
    assert.ok(world.events('decoy-shuffle').some(({ text }) => /^0 decoys moved, \d .*where/.test(text)))
  })

  it('keep what was said when they go in the middle of it', async () => {
    const kept = () => world.edge.decoys.sessions(world.edge, { limit: 50 }).map(({ decoy }) => decoy)
    const goes = [() => world.noPlan(), () => world.plan({ addresses: ['198.18.1.52'], honeytokens: [] })]
    for (const [at, go] of goes.entries()) {
      const address = `198.18.1.${50 + at}`
      await world.plan({ addresses: [address], honeytokens: [{ id: 'one', user: `planted-${at}` }] })
      const socket = await connectIn(world.seeker.namespace, { host: address, port: 7001 })
      socket.on('error', () => undefined)
      const answered = once(socket, 'data', { signal: AbortSignal.timeout(10_000) })
      socket.write('unfinished\n')
      await answered
      await go()
      assert.ok(kept().includes(address), `${address} of ${kept().join(' ')}`)
      socket.destroy()
    }
  })

  it('contain who spends the budget, and cut it off', async () => {
    await world.plan({ addresses: ['198.18.1.44', '198.18.1.45'], budget: { after: 2 } })
    const socket = await connectIn(world.seeker.namespace, { host: '198.18.1.44', port: 7001 })
    socket.on('error', () => undefined)
    let closed = false
    let said = ''
    socket.on('close', () => (closed = true)).on('data', (bytes: Buffer) => (said += bytes.toString()))
    for (const word of ['one\n', 'two\n', 'three\n']) {
      socket.write(word)
      await sleep(100)
    }
    await world.until('the connection is cut', () => closed)
    assert.equal(said, 'one\n')
    await world.until('the containment', () => kernelSet(world, 'held4').some((key) => key.endsWith(world.seeker.ip)))
    const [stored] = world.edge.store.containments.of({ ip: world.seeker.ip }, Date.now())
    assert.equal(stored?.reason, 'decoy-contact')
    assert.equal(world.events('containment').at(-1)?.source?.ip, world.seeker.ip)
    await world.until('its place on the wire is held', () =>
      kernelSet(world, 'stranger_macs').some((key) => key.endsWith(world.seeker.mac)),
    )
  })

  it('are taken away with their port when the plan has none any more', async () => {
    await world.noPlan()
    assert.equal(world.edge.decoys.status(), undefined)
    assert.ok(!(await world.devices()).includes('bh-decoy'), bridge)
    assert.deepEqual(world.namespaces(), [])
    assert.deepEqual(kernelSet(world, 'decoys'), [])
  })
})
