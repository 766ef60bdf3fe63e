import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { listenIn } from '#linux/namespace-sockets.ts'
import { ethernet, ipv4, neighbour, ipv6, tcp, udp } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { describe } from '#packet/describe.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { createWorld } from './world/world.ts'

const plc = { port: 'cell', mac: '02:00:00:00:00:10', ip4: '198.18.1.10/24', ip6: 'fd00:198:18::10/64' }
const drive = { port: 'cell', mac: '02:00:00:00:00:11', ip4: '198.18.1.11/24' }
const hmi = { port: 'plant', mac: '02:00:00:00:00:70', ip4: '198.18.1.70/24', ip6: 'fd00:198:18::70/64' }
const options = { ports: ['plant', 'cell'], hosts: { plc, drive, hmi } }

const between = (from: typeof hmi, to: typeof plc, marker: number) => {
  const ends = { src: from.ip4.split('/')[0] ?? '', dst: to.ip4.split('/')[0] ?? '' }
  const payload = udp(ends, { sport: 1, dport: 9, payload: Uint8Array.of(0xb0, 0x1d, marker >> 8, marker & 255) })
  return ethernet({
    dst: to.mac,
    src: from.mac,
    etherType: etherTypes.ipv4,
    payload: ipv4({ ...ends, proto: 17, payload }),
  })
}

// The IPv6 of a host says things of its own.
const isOurs = (bytes: Uint8Array) => decodeFrame(bytes).family === 4

test('a world is there, and gone without a trace', async () => {
  const world = await createWorld(options)
  const before = await world.exec('edge', 'ip', ['netns', 'list'])
  assert.match(before.stdout, /w-edge/)
  await world.close()
  const again = await createWorld({ ...options, hosts: {} })
  await again.close()
})

test('a frame arrives at the host it is for and nowhere else, byte for byte, in order', async () => {
  await using world = await createWorld(options)
  world.listen()
  for (const [host, { mac }] of Object.entries(options.hosts))
    world.send(host, ethernet({ dst: 'ff:ff:ff:ff:ff:ff', src: mac, etherType: 0x88b5 }))
  await world.socket('hmi').wait(500)
  for (const host of Object.keys(options.hosts)) world.received(host)
  const frames = Array.from({ length: 500 }, (_, index) => between(hmi, plc, index))
  for (const frame of frames) world.send('hmi', frame)
  const got: Uint8Array[] = []
  while (got.length < frames.length && (await world.socket('plc').wait(500)))
    got.push(...world.received('plc').filter(isOurs))
  assert.deepEqual(
    got.map((frame) => Buffer.from(frame).toString('hex')),
    frames.map((frame) => Buffer.from(frame).toString('hex')),
  )
  assert.deepEqual(world.received('drive').filter(isOurs), [])
})

test('tags and group addresses pass the bridge unchanged', async () => {
  await using world = await createWorld({ ports: ['plant', 'cell'] })
  const frames = [
    ethernet({ dst: '01:80:c2:00:00:0e', src: hmi.mac, etherType: etherTypes.lldp }),
    ethernet({ dst: plc.mac, src: hmi.mac, etherType: etherTypes.profinet, tags: [{ id: 20, priority: 6 }] }),
    ethernet({
      dst: plc.mac,
      src: hmi.mac,
      etherType: etherTypes.arp,
      tags: [{ id: 9, type: etherTypes.qinq }, { id: 20 }],
    }),
    ethernet({ dst: '01:0c:cd:01:00:01', src: hmi.mac, etherType: etherTypes.goose, tags: [{ id: 0, priority: 4 }] }),
  ]
  world.listen()
  for (const frame of frames) world.wire('plant').send(frame)
  await world.wire('cell').wait(500)
  assert.deepEqual(world.wire('cell').drain(), frames)
})

test('real programs talk across the edge', async () => {
  await using world = await createWorld(options)
  for (const host of ['198.18.1.10', 'fd00:198:18::10']) {
    const server = createServer((socket) => socket.end('here')).listen({
      fd: listenIn(world.namespaceOf('plc'), { host, port: 502 }),
    })
    const client = `require('node:net').connect(502, '${host}').on('data', (bytes) => process.stdout.write(bytes))`
    const { code, stdout, stderr } = await world.exec('hmi', process.execPath, ['-e', client])
    server.close()
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'here', stderr: '' })
  }
})

test('the kernel takes the frames we build for its own: TCP and UDP are answered, over IPv4 and IPv6', async () => {
  await using world = await createWorld(options)
  world.listen()
  const answers: string[] = []
  for (const [src, dst] of [
    ['198.18.1.70', '198.18.1.10'],
    ['fd00:198:18::70', 'fd00:198:18::10'],
  ] as const) {
    const ends = { src, dst }
    const six = src.includes(':')
    const packet = (proto: number, payload: Uint8Array) =>
      ethernet({
        dst: plc.mac,
        src: hmi.mac,
        etherType: six ? etherTypes.ipv6 : etherTypes.ipv4,
        payload: six
          ? ipv6({ ...ends, proto, payload, hopLimit: 255 })
          : ipv4({ ...ends, proto, payload, options: Uint8Array.of(1, 1, 1, 0) }),
      })
    if (six) world.send('hmi', packet(ipProtocols.icmpv6, neighbour('solicit', ends, { target: dst, mac: hmi.mac })))
    // Nobody listens there: a wrong checksum would be met with silence instead of a refusal.
    world.send('hmi', packet(ipProtocols.tcp, tcp(ends, { sport: 40_000, dport: 81, payload: Uint8Array.of(1, 2, 3) })))
    world.send('hmi', packet(ipProtocols.udp, udp(ends, { sport: 40_000, dport: 81, payload: Uint8Array.of(1, 2, 3) })))
  }
  const deadline = performance.now() + 2000
  while (answers.length < 4 && performance.now() < deadline) {
    await world.socket('hmi').wait(100)
    for (const bytes of world.received('hmi')) {
      const frame = decodeFrame(bytes)
      if (frame.tcpFlags >= 0 || frame.icmpType === 3 || frame.icmpType === 1)
        answers.push(describe(frame).replace(/^.*? (tcp|icmp)/, '$1'))
    }
  }
  assert.deepEqual(answers.toSorted(), [
    'icmp 198.18.1.10 > 198.18.1.70 type 3',
    'icmpv6 fd00:198:18::10 > fd00:198:18::70 type 1',
    'tcp 198.18.1.10:81 > 198.18.1.70:40000 rst+ack',
    'tcp [fd00:198:18::10]:81 > [fd00:198:18::70]:40000 rst+ack',
  ])
})
