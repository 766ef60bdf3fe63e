/** Commands in tagged frames, at a real controller on a VLAN: judged as those in untagged ones; what has two tags does not arrive. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Tag } from '#packet/build.ts'
import { startDaemon, type Daemon } from './edge-process.ts'
import { Talker } from './inspection/cell.ts'
import { groundPolicy, mbap, read, readAnswer, refusal, stations, target, write } from './inspection/proving-ground.ts'
import { RawPeer } from './inspection/raw-peer.ts'
import { putOnVlan } from './inspection/untagger.ts'
import { Watched } from './inspection/watched.ts'
import { createWorld, type World } from './world/world.ts'

const { plc, raw } = stations
const vlan = 20

describe('on a VLAN that the policy has', () => {
  let world: World
  let daemon: Daemon | undefined
  let inside: Talker
  let leave: () => Promise<void>
  const talkers: Talker[] = []
  let sport = 30_000
  const peer = (tags: readonly Tag[]) =>
    new RawPeer({ socket: world.socket('raw'), from: raw, to: plc, sport: sport++, tags })
  const value = async () =>
    Number.parseInt((await inside.exchange(mbap(1, '03 0065 0001'), 11, 5000)).slice(18, 22), 16)

  before(async () => {
    world = await createWorld({
      name: 'tagged',
      ports: ['plant', 'cell'],
      hosts: { plc: { port: 'cell', mac: '02:00:00:00:01:99' }, raw: { port: 'plant', mac: raw.mac } },
    })
    leave = await putOnVlan(world, 'plc', { vlan, mac: plc.mac, ip: `${plc.ip}/24` })
    await world.exec('plc', 'ip', ['neigh', 'replace', raw.ip, 'lladdr', raw.mac, 'dev', 'inner'])
    const controller = new Talker(world, 'plc', 'lab/devices/plc.ts', ['--host', plc.ip])
    talkers.push(controller)
    await controller.line()
    inside = new Talker(world, 'plc')
    talkers.push(inside)
    await inside.ask({ connect: [plc.ip, 502] })
  })
  after(async () => {
    for (const talker of talkers) await talker.end()
    if (daemon !== undefined) {
      await daemon.stop()
      await new Watched(daemon).end()
    }
    await leave()
    await world.close()
  })

  test('on a plain wire a tagged write is executed', async () => {
    const client = peer([{ id: vlan }])
    await client.open()
    client.send(write(1))
    await client.listen(200)
    assert.equal(await value(), 40)
    await inside.exchange(write(2, target.before), 12)
    assert.equal(await value(), target.before)
  })

  test('through an edge it is refused, its neighbours are answered, and the connection goes on', async () => {
    daemon = await startDaemon(world, { edge: 'edge', policy: groundPolicy({ allow: ['read'] }, ['untagged', vlan]) })
    const client = peer([{ id: vlan, priority: 4 }])
    await client.open()
    client.send(read(1) + write(2) + read(3))
    assert.ok(await client.hears(refusal(2)), client.data)
    assert.ok((await client.hears(readAnswer(1))) && (await client.hears(readAnswer(3))), client.data)
    client.send(read(4))
    assert.ok(await client.hears(readAnswer(4)), client.data)
    assert.equal(await value(), target.before)
  })

  for (const [name, tags] of [
    ['two tags', [{ id: vlan }, { id: vlan }]],
    ['a service tag', [{ id: vlan, type: 0x88a8 }]],
    ['a service tag before it', [{ id: 0, type: 0x88a8 }, { id: vlan }]],
    ['another VLAN', [{ id: 21 }]],
  ] as const)
    test(`with ${name} nothing of it leaves the edge`, async () => {
      const cell = world.wire('cell')
      cell.drain()
      const client = peer(tags)
      client.send(write(1), { at: 0 })
      await client.listen(60)
      const hex = write(1)
      assert.equal(
        cell.drain().some((frame) => Buffer.from(frame).toString('hex').includes(hex)),
        false,
      )
      assert.equal(await value(), target.before)
    })
})
