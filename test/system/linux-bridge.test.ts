import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { after, before, suite, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { wrongSettings } from '#linux/bridge-settings.ts'
import { bridgeState, createBridge, removeBridge, setLink } from '#linux/bridge.ts'
import { runIp } from '#linux/ip.ts'
import { openPacketSocket } from '#linux/packet-socket.ts'
import { watchLinks, type LinkChange } from '#linux/rtnetlink.ts'
import { readSysctl } from '#linux/sysctl.ts'
import { bytes, collect, createWire, datagram, forwarding, mac, type Wire } from './linux-wire.ts'

const fault = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Fault)
  assert.equal(error.code, code)
  assert.match(error.message, words)
  return true
}

suite('the invisible bridge', () => {
  let wire: Wire
  before(async () => {
    wire = await createWire()
  })
  after(() => wire.remove())

  const source = mac.left
  const frames: Record<string, Uint8Array> = {
    'a datagram': datagram(),
    'a frame of minimal length': bytes(mac.right, source, '88b5', 46),
    'a jumbo frame': bytes(mac.right, source, '88b5', 9000),
    'a broadcast': bytes('ffffffffffff', source, '0806', 46),
    'an IPv4 multicast': bytes('01005e000001', source, '0800', 46),
    'an IPv6 multicast': bytes('3333ff000001', source, '86dd', 46),
    'a tagged frame': bytes(mac.right, source, '8100 0014', '88b5', 100),
    'a priority-tagged frame': bytes(mac.right, source, '8100 c000', '8892', 40),
    'a tagged jumbo frame': bytes(mac.right, source, '8100 6fff', '88b5', 9000),
    'an 802.1ad frame': bytes(mac.right, source, '88a8 0064', '88b5', 100),
    'a double-tagged frame': bytes(mac.right, source, '88a8 0064', '8100 0014', '0800', 100),
    'spanning tree': bytes('0180c2000000', source, '0026 424203', 60),
    LLDP: bytes('0180c200000e', source, '88cc', 46),
    'LLDP to the nearest customer bridge': bytes('0180c2000003', source, '88cc', 46),
    '802.1X': bytes('0180c2000003', source, '888e', 46),
    'PTP peer delay': bytes('0180c200000e', source, '88f7', 54),
    PTP: bytes('011b19000000', source, '88f7', 44),
    'PROFINET real time': bytes(mac.right, source, '8100 c000', '8892', 60),
    'PROFINET DCP': bytes('010ecf000000', source, '8892', 46),
    MRP: bytes('01154e000001', source, '88e3', 46),
    DLR: bytes('01216c000001', source, '80e1', 46),
    GOOSE: bytes('010ccd010001', source, '88b8', 80),
    'an unknown unicast': bytes('02aabbccddee', source, '88b5', 46),
    'an LLC frame with SNAP': bytes(mac.right, source, '0032 aaaa03 00000c 2000', 42),
  }
  for (const [name, frame] of Object.entries(frames))
    test(`${name} leaves as it came, byte for byte, once`, async () => {
      wire.left.send(frame)
      const arrived = await collect(wire.right, 1)
      assert.deepEqual(
        arrived.map((one) => Buffer.from(one).toString('hex')),
        [Buffer.from(frame).toString('hex')],
      )
      await setTimeout(5)
      assert.deepEqual(wire.right.drain(), [])
      assert.deepEqual(wire.left.drain(), [], 'own frames do not come back')
    })

  test('10,000 frames arrive complete and in order', async () => {
    const frame = bytes(mac.right, source, '88b5', 60)
    const view = new DataView(frame.buffer)
    const order: number[] = []
    const take = (arrived: Uint8Array[]) => order.push(...arrived.map((one) => new DataView(one.buffer).getUint32(14)))
    for (let i = 0; i < 10_000; i++) {
      view.setUint32(14, i)
      wire.left.send(frame)
      if (i % 64 === 63) take(wire.right.drain())
    }
    take(await collect(wire.right, 16))
    assert.equal(order.length, 10_000)
    assert.ok(order.every((value, i) => value === i))
  })

  test('it says nothing by itself for a second', async () => {
    await setTimeout(1000)
    assert.deepEqual(wire.left.drain(), [])
    assert.deepEqual(wire.right.drain(), [])
  })

  test('its settings are read back from the kernel', async () => {
    const state = await bridgeState('wire0')
    assert.ok(state !== undefined)
    const { ports, ...settings } = state
    assert.deepEqual(settings, {
      name: 'wire0',
      up: true,
      mtu: 9000,
      stp: false,
      forwardDelay: 0,
      multicastSnooping: false,
      groupForwardMask: 0xfff8,
    })
    assert.deepEqual(
      ports.map(({ name, up, carrier, state: port, learning, isolated }) => ({
        name,
        up,
        carrier,
        port,
        learning,
        isolated,
      })),
      ['port-l', 'port-r'].map((name) => ({
        name,
        up: true,
        carrier: true,
        port: 'forwarding',
        learning: true,
        isolated: false,
      })),
    )
  })

  test('neither the bridge nor a port has an address of any family', async () => {
    for (const device of ['wire0', 'port-l', 'port-r']) {
      assert.equal(await runIp(['-o', 'address', 'show', 'dev', device]), '', device)
      assert.equal(readSysctl(['net', 'ipv6', 'conf', device, 'disable_ipv6']), '1', device)
    }
  })

  test('adopting it again takes nothing down and loses no frame', async (t) => {
    const changes: LinkChange[] = []
    const watch = watchLinks((change) => changes.push(change))
    t.after(() => watch.close())
    const sending = setInterval(() => wire.left.send(bytes(mac.right, source, '88b5', 46)), 1)
    const arrived = (await collect(wire.right, 10)).length
    const result = await createBridge({ name: 'wire0', ports: ['port-l', 'port-r'] })
    await setTimeout(50)
    clearInterval(sending)
    assert.deepEqual(result, { adopted: true, statements: [] })
    assert.ok(arrived >= 10)
    assert.deepEqual(changes, [])
    wire.right.drain()
  })

  test('adopting a bridge with other settings corrects them', async () => {
    await runIp([
      'link',
      'set',
      'wire0',
      'type',
      'bridge',
      'stp_state',
      '1',
      'group_fwd_mask',
      '0',
      'mcast_snooping',
      '1',
    ])
    await runIp(['link', 'set', 'port-r', 'type', 'bridge_slave', 'isolated', 'on', 'learning', 'off'])
    await runIp(['link', 'set', 'port-l', 'type', 'bridge_slave', 'flood', 'off', 'hairpin', 'on', 'guard', 'on'])
    const wrong = wrongSettings('wire0', ['port-l', 'port-r'])
    assert.deepEqual(
      [...new Set(wrong.map(({ device }) => device))].toSorted(),
      ['port-l', 'port-r', 'wire0'],
      wrong.map(({ device, what }) => `${device}: ${what}`).join(', '),
    )
    await createBridge({ name: 'wire0', ports: ['port-l', 'port-r'] })
    assert.deepEqual(wrongSettings('wire0', ['port-l', 'port-r']), [])
    const state = await bridgeState('wire0')
    assert.deepEqual(
      [
        state?.stp,
        state?.groupForwardMask,
        state?.multicastSnooping,
        state?.ports[1]?.isolated,
        state?.ports[1]?.learning,
      ],
      [false, 0xfff8, false, false, true],
    )
  })

  test('a missing interface is named together with the nearest one, and nothing is made', async () => {
    await assert.rejects(
      createBridge({ name: 'other', ports: ['port-x'] }),
      fault('interface-missing', /no interface "port-x".*nearest is "port-[lr]"/),
    )
    assert.equal(await bridgeState('other'), undefined)
    await assert.rejects(setLink('port-x', 'up'), fault('interface-missing', /no interface "port-x"/))
    assert.throws(() => openPacketSocket({ device: 'wire1' }), fault('interface-missing', /nearest is "wire0"/))
  })

  for (const [name, options, words] of [
    ['a port of another bridge', { name: 'other', ports: ['port-l'] }, /already belongs to "wire0"/],
    ['a bridge as a port', { name: 'other', ports: ['wire0'] }, /is itself a bridge/],
    ['the loopback', { name: 'other', ports: ['lo'] }, /no Ethernet interface/],
    ['a bridge name that is something else', { name: 'port-l', ports: [] }, /not a bridge/],
  ] as const)
    test(`${name} is refused`, () => assert.rejects(createBridge(options), fault('interface-refused', words)))

  test('a port with an address is refused, because taking it could lock somebody out', async () => {
    await runIp(['link', 'add', 'manage', 'type', 'veth', 'peer', 'name', 'manage-far'])
    await runIp(['address', 'add', '198.18.9.1/24', 'dev', 'manage'])
    await assert.rejects(
      createBridge({ name: 'other', ports: ['manage'] }),
      fault('interface-refused', /198\.18\.9\.1\/24/),
    )
    await runIp(['link', 'delete', 'manage'])
  })

  test('a port that was given an address since is adopted all the same, and that is said', async () => {
    await runIp(['address', 'add', '198.18.9.1/24', 'dev', 'port-l'])
    const { statements } = await createBridge({ name: 'wire0', ports: ['port-l', 'port-r'] })
    assert.match(statements.join(), /"port-l" has the address 198\.18\.9\.1\/24: the edge is visible there/)
    await runIp(['address', 'flush', 'dev', 'port-l'])
  })

  test('a port set down carries nothing and its far end sees no carrier', async (t) => {
    const changes: LinkChange[] = []
    const watch = watchLinks((change) => changes.push(change), { namespace: 'right' })
    t.after(() => watch.close())
    await setLink('port-r', 'down')
    wire.right.drain()
    wire.left.send(frames['a datagram']!)
    assert.equal(await wire.right.wait(100), false)
    await setLink('port-r', 'up')
    await forwarding('wire0')
    await setTimeout(50)
    assert.deepEqual(
      changes.map(({ kind, link }) => [kind, link.name, link.carrier]),
      [
        ['changed', 'eth0', false],
        ['changed', 'eth0', true],
      ],
    )
    wire.left.send(frames['a datagram']!)
    assert.equal(await wire.right.wait(500), true)
    wire.right.drain()
  })

  test('with an address it has that address, and IPv6 only where the address is', async () => {
    await createBridge({ name: 'with4', ports: [], address: '198.18.8.1/24' })
    await createBridge({ name: 'with6', ports: [], address: 'fd00:198:18:8::1/64' })
    assert.match(await runIp(['-o', 'address', 'show', 'dev', 'with4']), /inet 198\.18\.8\.1\/24/)
    assert.equal(readSysctl(['net', 'ipv6', 'conf', 'with4', 'disable_ipv6']), '1')
    assert.match(await runIp(['-o', 'address', 'show', 'dev', 'with6']), /inet6 fd00:198:18:8::1\/64/)
    const adopted = await createBridge({ name: 'with4', ports: [] })
    assert.match(adopted.statements.join(), /keeps its address 198\.18\.8\.1\/24/)
    await removeBridge('with4')
    await removeBridge('with6')
    assert.equal(await bridgeState('with4'), undefined)
  })

  test('removing a bridge that is not there is no error, removing something else is', async () => {
    await removeBridge('nowhere')
    await assert.rejects(removeBridge('port-l'), fault('interface-refused', /not a bridge/))
  })
})
