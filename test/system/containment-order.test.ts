/** An order to contain, through the socket: in the kernel and on the disk by the time it is answered, whatever happens next. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { listContained } from '#edge/kernel/containment.ts'
import { unload } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { plc, tcpTo, type Sender } from './containment/frames.ts'
import { addresses, edgeName, mac, macs, plantPolicy } from './containment/plant.ts'
import { startDaemon, type Daemon } from './edge-process.ts'
import { createWorld, type World } from './world/world.ts'

const policy = JSON.stringify(plantPolicy())
const hmi: Sender = { mac: macs.hmi, ip: addresses.hmi[0] }
const others = Array.from({ length: 20 }, (_, at) => ({
  ip: at % 2 === 0 ? `198.18.90.${at + 1}` : `fd00:198:18:2::90:${at}`,
}))

let world: World
let daemon: Daemon
let nft: Nft

const start = async (state?: string) => {
  daemon = await startDaemon(world, { policy, edge: edgeName, ...(state === undefined ? {} : { state }) })
}
const contain = (ip: string) => daemon.call('contain', { ip, for: '1h', reason: 'a test', by: 'alice' })
const release = (ip: string) => daemon.call('release', { ip, reason: 'a test', by: 'alice' })
const held = () =>
  [
    ...new Set(
      listContained(nft, 'bridge')
        .filter(({ kind }) => kind === 'ordered')
        .map(({ ip }) => ip),
    ),
  ].toSorted()

/** Whether a poll of the HMI comes out at the cell. */
const pollPasses = async (): Promise<boolean> => {
  const poll = tcpTo(hmi, plc(false), 502)
  const out = world.wire('cell')
  out.drain()
  world.wire('plant').send(poll)
  for (const limit = performance.now() + 150; performance.now() < limit; await out.wait(20))
    if (out.drain().some((frame) => Buffer.compare(frame.subarray(0, poll.length), poll) === 0)) return true
  return false
}

describe('an order to contain', () => {
  before(async () => {
    world = await createWorld({ name: 'orders', ports: ['plant', 'cell'], bridged: false })
    nft = Nft.open({ namespace: world.edge })
    await start()
    world.listen()
  })
  after(async () => {
    await daemon.stop()
    nft.close()
    await world.close()
  })

  it('is in the kernel when the answer arrives, and so is its end', async () => {
    assert.ok(await pollPasses())
    for (let round = 0; round < 5; round++) {
      const { text, expires } = await contain(hmi.ip)
      assert.equal(await pollPasses(), false, text)
      assert.ok(Math.abs(Date.parse(expires ?? '') - Date.now() - 3_600_000) < 5000)
      await release(hmi.ip)
      assert.equal(await pollPasses(), true)
    }
  })

  it('outlives kill -9 in the moment of the answer, in the kernel and on the disk', async () => {
    for (const { ip } of others) await contain(ip)
    await contain(hmi.ip)
    const { state } = daemon
    await daemon.kill('SIGKILL')
    const expected = [hmi.ip, ...others.map(({ ip }) => ip)].toSorted()
    assert.deepEqual(held(), expected)
    assert.equal(await pollPasses(), false)
    // As after a boot: the kernel has forgotten everything, the store has not.
    unload(nft)
    assert.deepEqual(held(), [])
    await start(state)
    assert.deepEqual(held(), expected)
    assert.equal(await pollPasses(), false)
    const { containments } = await daemon.call('status', {})
    assert.deepEqual([...new Set(containments.map(({ ip }) => ip))].toSorted(), expected)
    assert.ok(containments.every(({ by, reason }) => by === 'alice' && reason === 'a test'))
  })

  it('is over after a release, also after kill -9', async () => {
    for (const { ip } of [hmi, ...others]) await release(ip)
    const { state } = daemon
    await daemon.kill('SIGKILL')
    assert.deepEqual(held(), [])
    unload(nft)
    await start(state)
    assert.deepEqual(held(), [])
    assert.ok(await pollPasses())
    const kinds = (await daemon.events({ kind: ['containment', 'release'] })).map(({ kind }) => kind)
    assert.ok(kinds.includes('containment') && kinds.includes('release'))
  })

  it('takes what a stranger did while the daemon was dead into its records', async () => {
    const { state } = daemon
    await daemon.kill('SIGKILL')
    const stranger: Sender = { mac: mac(0x66_0001), ip: '198.18.91.1' }
    world.wire('plant').send(tcpTo(stranger, plc(false), 22))
    assert.equal(await world.wire('cell').wait(100), false)
    await start(state)
    const { containments } = await daemon.call('status', {})
    assert.deepEqual(
      containments.map(({ ip, kind }) => `${kind} ${ip}`),
      [`stranger ${stranger.ip}`],
    )
    await release(stranger.ip)
    assert.deepEqual(listContained(nft, 'bridge'), [])
  })
})
