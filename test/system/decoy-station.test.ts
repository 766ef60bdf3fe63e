import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNamespace } from '#linux/enter-namespace.ts'
import { connectIn } from '#linux/namespace.ts'
import {
  changeAddresses,
  changeMac,
  createHub,
  createStations,
  openStationSocket,
  removeHub,
  type AddressChange,
  type Hub,
  type StationStack,
} from '#linux/station.ts'
import { readSysctl } from '#linux/sysctl.ts'
import { ethernet, ipv4, tcp } from '#packet/build.ts'
import { decodeFrame, macAt } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { bridge, openSeeker, type Seeker } from './decoys/seeker.ts'

const hub: Hub = { device: 'bh-decoy', bridge, namespace: 'bh-decoys' }
const station = 'bh-decoys-0'
const mac = '00:1b:1b:00:00:40'
const stack: StationStack = {
  ttl: 30,
  window: 4096,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
}
/** Segment size, selective acknowledgement, timestamps, no operation, scaling. */
const everyOption = Uint8Array.of(2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7)

const change = (addresses: AddressChange) =>
  changeAddresses(station, 24, addresses, { network: '198.18.1.0/24', stack })

let seeker: Seeker

describe('a station of decoys', () => {
  before(async () => {
    seeker = await openSeeker()
    await createHub(hub)
  })
  after(async () => {
    seeker.close()
    await removeHub(hub)
  })

  it('says nothing when it comes up, gets addresses, loses some and moves', async () => {
    const spoken = seeker.heard(1800)
    await createStations(hub, [{ namespace: station, mac, stack, udpPorts: [161] }])
    await change({ leave: [], appear: ['198.18.1.40', '198.18.1.41', '198.18.1.42'] })
    await change({ leave: ['198.18.1.40'], appear: ['198.18.1.43'] })
    assert.deepEqual(
      (await spoken).map((frame) => Buffer.from(frame).toString('hex')),
      [],
    )
  })

  for (const [target, answered] of [
    ['198.18.1.41', true],
    ['198.18.1.42', true],
    ['198.18.1.43', true],
    ['198.18.1.40', false],
    ['198.18.1.44', false],
    ['198.18.1.255', false],
    ['127.0.0.1', false],
  ] as const)
    it(`${answered ? 'answers' : 'does not answer'} who asks for ${target}`, async () =>
      assert.equal(await seeker.macOf(target), answered ? mac : undefined))

  it('never answers a probe', async () => {
    assert.deepEqual(await seeker.heard(100, seeker.who('198.18.1.41', '0.0.0.0')), [])
  })

  it('has the time to live, the window and the options of its persona in what it answers', async () => {
    const server = createServer((socket) => socket.end())
    const { fd } = openStationSocket(station, 'tcp', 102)
    await new Promise<void>((resolve) => server.listen({ fd }, resolve))
    await seeker.macOf('198.18.1.41')
    const answer = await seeker.syn({ mac, ip: '198.18.1.41' }, 102, everyOption)
    assert.ok(answer !== undefined, 'a SYN-ACK')
    const frame = decodeFrame(answer)
    const view = new DataView(answer.buffer, answer.byteOffset)
    assert.equal(frame.tcpFlags & 0x3f, 0x12)
    assert.equal(answer[22], 30, 'time to live')
    assert.equal(view.getUint16(frame.transportOffset + 14), 4096, 'window')
    assert.deepEqual([...answer.subarray(frame.transportOffset + 20, frame.payloadOffset)], [2, 4, 5, 0xb4])
    assert.equal(macAt(answer, 6), mac)
    await new Promise((resolve) => server.close(resolve))
  })

  it('numbers its packets as a device does that is no Linux, and lets them be fragmented', async () => {
    const headers: (readonly [number: number, flags: number])[] = []
    for (let count = 0; count < 4; count++) {
      const answer = await seeker.syn({ mac, ip: '198.18.1.41' }, 9, everyOption)
      assert.ok(answer !== undefined)
      const view = new DataView(answer.buffer, answer.byteOffset)
      headers.push([view.getUint16(18), view.getUint16(20)])
    }
    const first = headers[0]?.[0] ?? 0
    // The lower half of the Ethernet address is the first number, and SYN-ACKs came before.
    assert.ok(first >= 0x40 && first < 0x60, String(first))
    assert.deepEqual(
      headers,
      headers.map((_, at) => [first + at, 0]),
    )
  })

  it('keeps no more neighbours than it has room for, however many are made up, and answers who was there before', async () => {
    await seeker.macOf('198.18.1.41')
    const to = { mac, ip: '198.18.1.41' }
    const made = Array.from({ length: 600 }, (_, at) => `198.18.${2 + (at >> 8)}.${at & 255}`)
    for (const ip of made.slice(0, 300)) seeker.send(seeker.who(to.ip, ip))
    const syn = (ip: string): Uint8Array => {
      const ends = { src: ip, dst: to.ip }
      const payload = ipv4({ ...ends, proto: ipProtocols.tcp, payload: tcp(ends, { sport: 4000, dport: 9, flags: 2 }) })
      return ethernet({ dst: mac, src: seeker.mac, etherType: etherTypes.ipv4, payload })
    }
    for (const ip of made.slice(300)) seeker.send(syn(ip))
    await sleep(300)
    const rows = inNamespace(station, () => readFileSync('/proc/thread-self/net/arp', 'utf8'))
      .trim()
      .split('\n')
    assert.ok(rows.length > 10 && rows.length < 320, `${rows.length} neighbours of ${made.length} sources`)
    assert.equal(await seeker.macOf(to.ip), mac)
    const answer = await seeker.syn(to, 9, everyOption)
    assert.ok(answer !== undefined, 'a reset: nobody listens')
  })

  it('answers on new addresses when all others have left', async () => {
    await change({ leave: ['198.18.1.41', '198.18.1.42', '198.18.1.43'], appear: [] })
    await change({ leave: [], appear: ['198.18.1.41', '198.18.1.43'] })
    await seeker.macOf('198.18.1.43')
    const answer = await seeker.syn({ mac, ip: '198.18.1.43' }, 9, everyOption)
    assert.ok(answer !== undefined, 'a reset: nobody listens')
    assert.equal(decodeFrame(answer).tcpFlags & 4, 4)
  })

  it('opens no connection of its own', async () => {
    const spoken = seeker.heard(500)
    await assert.rejects(connectIn(station, { host: seeker.ip, port: 80, timeoutMs: 300 }))
    assert.deepEqual(
      (await spoken).filter((frame) => decodeFrame(frame).etherType === etherTypes.ipv4),
      [],
    )
  })

  it('shows another Ethernet address after it was changed, and still says nothing by itself', async () => {
    const spoken = seeker.heard(500)
    await changeMac(hub, station, mac, '00:1b:1b:00:00:77')
    assert.deepEqual(await spoken, [])
    assert.equal(await seeker.macOf('198.18.1.43'), '00:1b:1b:00:00:77')
    await changeMac(hub, station, '00:1b:1b:00:00:77', mac)
  })

  it('takes a thousand addresses within two seconds', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => `198.18.${4 + (at >> 8)}.${at & 255}`)
    const started = performance.now()
    await change({ leave: [], appear: many })
    const ms = performance.now() - started
    await change({ leave: many, appear: [] })
    assert.ok(ms < 2000, `${Math.round(ms)} ms`)
    assert.equal(await seeker.macOf('198.18.1.43'), mac)
  })

  it('leaves nothing behind', async () => {
    await removeHub(hub)
    assert.throws(() => inNamespace(station, () => 0))
    assert.throws(() => readSysctl(['net', 'ipv4', 'conf', hub.device, 'forwarding']))
    await removeHub(hub)
  })
})
