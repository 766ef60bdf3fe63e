import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { runIp } from '#linux/ip.ts'
import { openPacketSocket } from '#linux/packet-socket.ts'
import { bytes, collect, createWire, mac, type Wire } from './linux-wire.ts'

const promiscuity = async () => /promiscuity (\d+)/.exec(await runIp(['-d', 'link', 'show', 'lo']))?.[1]

suite('raw Ethernet sockets', () => {
  let wire: Wire
  before(async () => {
    wire = await createWire()
  })
  after(() => wire.remove())

  const frame = bytes(mac.right, mac.left, '88b5', 50)

  test('nothing waits on a silent wire: receive is undefined, drain empty, wait false after its time', async () => {
    const start = performance.now()
    assert.equal(await wire.right.wait(50), false)
    assert.ok(performance.now() - start >= 45)
    assert.equal(wire.right.receive(), undefined)
    assert.deepEqual(wire.right.drain(), [])
  })

  test('wait ends as soon as a frame comes, for everybody who waits', async () => {
    const start = performance.now()
    const both = Promise.all([wire.right.wait(2000), wire.right.wait(2000)])
    setTimeout(() => wire.left.send(frame), 20)
    assert.deepEqual(await both, [true, true])
    assert.ok(performance.now() - start < 1000)
    assert.equal(wire.right.drain().length, 1)
  })

  test('close ends a wait with false', async () => {
    const other = openPacketSocket({ device: 'eth0', namespace: 'right' })
    const waiting = other.wait(5000)
    other.close()
    assert.equal(await waiting, false)
    assert.equal(await other.wait(10), false)
    other.close()
  })

  test('promiscuous mode is on while such a socket is open, and only then', async () => {
    const plain = openPacketSocket({ device: 'lo' })
    assert.equal(await promiscuity(), '0')
    const all = openPacketSocket({ device: 'lo', promiscuous: true })
    assert.equal(await promiscuity(), '1')
    all.close()
    assert.equal(await promiscuity(), '0')
    plain.close()
  })

  test('a frame beyond the MTU is an error that says so', () =>
    assert.throws(() => wire.left.send(bytes(mac.right, mac.left, '88b5', 9100)), /Message too long/))

  test('frames taken out of a batch stay what they were when the next batch arrives', async () => {
    const made = Array.from({ length: 100 }, (_, i) => bytes(mac.right, mac.left, '88b5', (i + 16).toString(16), 45))
    for (const one of made.slice(0, 40)) wire.left.send(one)
    const first = await collect(wire.right, 40)
    for (const one of made.slice(40)) wire.left.send(one)
    const rest = await collect(wire.right, 60)
    assert.deepEqual([...first, ...rest], made)
  })

  test('50,000 frames go out and come in on one thread, and none is lost', async () => {
    const pairs = 50_000
    let received = 0
    for (let i = 0; i < pairs; i++) {
      wire.left.send(frame)
      if (i % 32 === 31) received += wire.right.drain().length
    }
    received += (await collect(wire.right, pairs - received)).length
    assert.equal(received, pairs)
  })
})
