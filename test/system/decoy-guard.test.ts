/** What decoys put on the wire, from the first to the last frame, and what becomes of one whose address somebody else claims. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { arp, ethernet, ipv4, udp } from '#packet/build.ts'
import { decodeFrame, macAt } from '#packet/decode.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import type { DecoyRow } from '#schema/decoys-control.ts'
import { addresses, real, Segment } from './decoy-scan/segment.ts'

let segment: Segment
/** Every frame that left by a port of the edge, since the ports are watched. */
const frames: Uint8Array[] = []
/** Of every placement. */
const macs = new Set<string>()
const placed = new Set<string>()

const collect = () => {
  for (const port of ['visitors', 'cell']) frames.push(...segment.world.wire(port).drain())
}
const note = async (): Promise<readonly DecoyRow[]> => {
  const rows = await segment.standing()
  for (const { mac, address } of rows) {
    macs.add(mac)
    placed.add(address)
  }
  return rows
}

before(async () => {
  segment = await Segment.open({ watch: true, personas: '{ siemens-s7-1500: 40, siemens-s7-1200: 60 }' })
  await note()
})
after(() => segment.close())

const ipAt = (bytes: Uint8Array, at: number) => bytes.subarray(at, at + 4).join('.')
const broadcast = 'ff:ff:ff:ff:ff:ff'
const newcomer = { mac: '02:77:00:00:00:01', ip: '198.18.1.245' }

/** A decoy of those that stand, another one each time. */
const victims = new Set<string>()
const victim = async (): Promise<DecoyRow> => {
  const row = (await note()).find(({ address, state }) => state === 'standing' && !victims.has(address))
  assert.ok(row)
  victims.add(row.address)
  return row
}

const arpFrame = (sender: string, target: string, operation: 1 | 2 = 1, dst = broadcast) =>
  ethernet({
    dst,
    src: newcomer.mac,
    etherType: etherTypes.arp,
    payload: arp({ operation, senderMac: newcomer.mac, senderIp: sender, targetIp: target }),
  })
const datagram = (
  from: string,
  to: string,
  dst: string,
  ports: { sport: number; dport: number },
  payload: Uint8Array,
) =>
  ethernet({
    dst,
    src: newcomer.mac,
    etherType: etherTypes.ipv4,
    payload: ipv4({
      src: from,
      dst: to,
      proto: ipProtocols.udp,
      payload: udp({ src: from, dst: to }, { ...ports, payload }),
    }),
  })

/** A DHCPREQUEST for an address (RFC 2131, 2 and 4.3.2), by option 50. */
const dhcpRequest = (address: string): Uint8Array => {
  const bytes = new Uint8Array(300)
  bytes.set([1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78])
  bytes.set([0x02, 0x77, 0, 0, 0, 1], 28)
  bytes.set([0x63, 0x82, 0x53, 0x63, 53, 1, 3, 50, 4, ...address.split('.').map(Number), 255], 236)
  return bytes
}

describe('an address of a decoy', () => {
  const claims: Readonly<Record<string, (address: string) => Uint8Array>> = {
    'that somebody probes': (address) => arpFrame('0.0.0.0', address),
    'that somebody announces': (address) => arpFrame(address, address),
    'that somebody answers for': (address) => arpFrame(address, real[0] ?? '', 2, '02:00:00:00:00:01'),
    'that somebody sends from': (address) =>
      datagram(address, real[0] ?? '', '02:00:00:00:00:01', { sport: 5000, dport: 5000 }, new Uint8Array(20)),
    'that somebody asks DHCP for': (address) =>
      datagram('0.0.0.0', '255.255.255.255', broadcast, { sport: 68, dport: 67 }, dhcpRequest(address)),
  }
  for (const [what, frame] of Object.entries(claims))
    it(`${what} is left to him, before anything is answered, and stays so`, async () => {
      const { address, mac } = await victim()
      collect()
      const earlier = frames.length
      segment.world.send('scanner', frame(address))
      const limit = performance.now() + 30_000
      let row: DecoyRow | undefined
      while (row?.state !== 'withdrawn' && performance.now() < limit) {
        row = (await segment.daemon.call('decoys', {})).decoys.find((one) => one.address === address)
        await sleep(30)
      }
      assert.equal(row?.state, 'withdrawn')
      segment.world.send('scanner', arpFrame(newcomer.ip, address))
      await sleep(150)
      collect()
      const answers = frames.slice(earlier).filter((bytes) => macAt(bytes, 6) === mac)
      assert.deepEqual(
        answers.filter((bytes) => Buffer.from(bytes).includes(Buffer.from(address.split('.').map(Number)))),
        [],
      )
      const told = await segment.daemon.events({ since: '1h', kind: ['decoy-withdrawn'], limit: 100 })
      assert.ok(told.some(({ destination, text }) => destination?.ip === address || text.includes(address)))
    })
})

describe('decoys', () => {
  it('are scanned and move', async () => {
    const [first] = (await note()).filter(({ state }) => state === 'standing')
    await segment.visit()
    assert.equal(await segment.connects(first?.address ?? ''), true)
    await sleep(300)
    collect()
    const report = await segment.daemon.call('decoys-shuffle', { now: true, force: true, reason: 'test', by: 'test' })
    assert.ok(report.moved > 0)
    await note()
    await sleep(300)
    collect()
    const { standing, withdrawn } = (await segment.daemon.call('status', {})).decoys ?? { standing: 0, withdrawn: 0 }
    assert.equal(withdrawn, 5)
    assert.ok(standing > 0)
  })

  const ours = () => frames.filter((bytes) => macs.has(macAt(bytes, 6)))
  it('were heard', () => assert.ok(ours().length > 3, `${ours().length} of ${frames.length} frames`))

  it('send no ARP with sender 0.0.0.0, announce nothing, and claim nothing outside of the pool', () => {
    for (const bytes of ours().filter((one) => one[12] === 0x08 && one[13] === 0x06)) {
      const [sender, target] = [ipAt(bytes, 28), ipAt(bytes, 38)]
      assert.notEqual(sender, '0.0.0.0')
      assert.notEqual(sender, target, 'gratuitous')
      assert.ok(placed.has(sender), `${sender} was never a decoy`)
      assert.ok(addresses.includes(sender) && !real.includes(sender))
      assert.notEqual(macAt(bytes, 0), broadcast, 'nobody is asked for whom it has not heard of')
    }
  })

  it('originate nothing: no first segment, no datagram that nobody asked for, no other protocol', () => {
    for (const bytes of ours()) {
      const frame = decodeFrame(bytes)
      if (bytes[12] === 0x08 && bytes[13] === 0x06) continue
      assert.equal(frame.family, 4)
      assert.equal(frame.proto, ipProtocols.tcp, 'only TCP was spoken here')
      const flags = bytes[14 + 20 + 13] ?? 0
      assert.notEqual(flags & (tcpFlags.syn | tcpFlags.ack), tcpFlags.syn)
    }
  })

  it('and nobody else of this edge speaks at all', () => {
    const known = new Set([...macs, newcomer.mac, '02:00:00:00:00:01'])
    const others = frames.filter((bytes) => !known.has(macAt(bytes, 6)) && !macAt(bytes, 6).startsWith('02:66:'))
    assert.deepEqual(
      others.map((bytes) => Buffer.from(bytes.subarray(0, 42)).toString('hex')),
      [],
    )
  })
})
