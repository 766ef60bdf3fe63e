/**
 * The kernel's guard around decoys, frame by frame and without a daemon: what reaches one, what one may send, who claims its address,
 * and that who opened something there reaches nothing else for a moment.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { after, before, beforeEach, describe, it } from 'node:test'
import { holdWithdrawn, lastClaimed } from '#edge/decoys/kernel.ts'
import { listSet } from '#edge/kernel/elements.ts'
import { arp, ethernet, icmp, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { table } from '#policy/nft/names.ts'
import type { Plan } from '#policy/plan.ts'
import { addresses, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'

const device = 'bh-decoy'
const decoy = { mac: '00:1b:1b:00:00:20', ip: '198.18.1.20' }
const other = { mac: '00:1b:1b:00:00:20', ip: '198.18.1.21' }
/** Of the pool, and no decoy stands there. */
const spare = '198.18.1.30'
const intruder = { mac: '02:aa:00:00:00:01', ip: '198.18.64.200' }
const hmi = { mac: macs.hmi, ip: addresses.hmi[0] }
const plc = { mac: macs.plc, ip: addresses.plc[0] }
const gateway = { mac: macs.listed, ip: '198.18.1.1' }
const everybody = 'ff:ff:ff:ff:ff:ff'
const { syn, ack, rst } = tcpFlags

interface End {
  readonly mac: string
  readonly ip: string
}
const body = new Uint8Array(24)
const packet = (from: End, to: End, proto: number, payload: Uint8Array): Uint8Array =>
  ethernet({
    dst: to.mac,
    src: from.mac,
    etherType: etherTypes.ipv4,
    payload: ipv4({ src: from.ip, dst: to.ip, proto, payload }),
  })
const tcpTo = (from: End, to: End, dport: number, flags: number = syn, sport = 40_000) =>
  packet(from, to, ipProtocols.tcp, tcp({ src: from.ip, dst: to.ip }, { sport, dport, flags, payload: body }))
const udpTo = (from: End, to: End, dport: number, sport = 40_000) =>
  packet(from, to, ipProtocols.udp, udp({ src: from.ip, dst: to.ip }, { sport, dport, payload: body }))
const icmpTo = (from: End, to: End, type = 8) => packet(from, to, ipProtocols.icmp, icmp({ type, payload: body }))
const arpOf = (op: 'request' | 'reply', from: End, targetIp: string, dst = everybody) =>
  ethernet({
    dst,
    src: from.mac,
    etherType: etherTypes.arp,
    payload: arp({ operation: op === 'request' ? 1 : 2, senderMac: from.mac, senderIp: from.ip, targetIp }),
  })

const withDecoys = (mode: 'observe' | 'enforce' | 'contain' = 'contain'): Plan => ({
  ...planFrom(plantPolicy({ mode })),
  decoys: {
    device,
    pools: [],
    dark: [{ zone: 0, network: '198.18.1.48/28' }],
    deceive: [],
    maxMacs: 16,
    withdrawFor: 86_400,
    honeytokens: [],
    keepSessions: 1,
  },
})

let scene: Scene
const nft = (text: string): void => {
  const result = scene.wires.nft.run(text)
  assert.ok(result.ok, JSON.stringify(result))
}
const stand = (): void =>
  nft(`add element bridge ${table} decoy_ground { ${decoy.ip}, ${other.ip}, ${spare} }
add element bridge ${table} decoys { ${decoy.ip}, ${other.ip} }
add element bridge ${table} decoy_macs { ${decoy.mac} }
add element bridge ${table} decoy_gateways { ${gateway.ip} }
add element bridge ${table} decoy_ports { tcp . 102, udp . 161 }`)
const withdrawn = (): string[] =>
  listSet(scene.wires.nft, 'bridge', table, 'decoy_withdrawn')
    .map(({ key }) => key[0] ?? '')
    .toSorted()

before(async () => {
  scene = await Scene.open(['plant', 'cell', device])
})
after(() => scene.close())
beforeEach(async () => {
  await scene.enforce(withDecoys())
  stand()
})

/** Names of the frames that came out at a port. */
const out = async (at: string, to: string, rows: Readonly<Record<string, Uint8Array>>): Promise<string[]> => {
  const names = Object.keys(rows)
  const delivered = await scene.send(at, Object.values(rows))
  return [...new Set(delivered.filter(({ port }) => port === to).map(({ at: index }) => names[index] ?? ''))].toSorted()
}

describe('towards a decoy', () => {
  it('whoever asks comes through, with what a persona may answer', async () => {
    const rows = {
      'an ARP request': arpOf('request', intruder, decoy.ip),
      'a SYN': tcpTo(intruder, decoy, 102),
      'an answer in a connection': tcpTo(intruder, decoy, 102, ack),
      'a datagram': udpTo(intruder, decoy, 161),
      'an echo request': icmpTo(intruder, decoy),
      'a SYN of a known asset': tcpTo(hmi, decoy, 102),
    }
    assert.deepEqual(await out('plant', device, rows), Object.keys(rows).toSorted())
    assert.deepEqual(scene.contained(), [], 'a first packet alone contains nobody')
    assert.deepEqual(withdrawn(), [])
  })

  it('nothing else does', async () => {
    const rows = {
      'ARP for an address of nobody': arpOf('request', intruder, spare),
      'ARP for a real controller': arpOf('request', intruder, plc.ip),
      'a SYN to an address of the pool where none stands': tcpTo(intruder, { ...decoy, ip: spare }, 102),
      'a broadcast': udpTo(intruder, { mac: everybody, ip: '198.18.1.63' }, 47_808),
      'a frame of PROFINET': ethernet({
        dst: '01:0e:cf:00:00:00',
        src: intruder.mac,
        etherType: 0x8892,
        payload: body,
      }),
      'an ICMP redirect': icmpTo(intruder, decoy, 5),
      'a controller address from another wire': tcpTo({ mac: intruder.mac, ip: plc.ip }, decoy, 102),
      GRE: packet(intruder, decoy, 47, body),
    }
    assert.deepEqual(await out('plant', device, rows), [])
    assert.deepEqual(withdrawn(), [])
  })

  it('a contained source does not come either', async () => {
    nft(`add element bridge ${table} held4 { 0 . ${intruder.ip} timeout 1m }`)
    assert.deepEqual(await out('plant', device, { syn: tcpTo(intruder, decoy, 102) }), [])
  })
})

describe('from a decoy', () => {
  it('answers come out', async () => {
    await scene.send('plant', [
      arpOf('request', intruder, decoy.ip),
      udpTo(intruder, decoy, 161),
      tcpTo(hmi, decoy, 102),
    ])
    const rows = {
      'an ARP answer': arpOf('reply', decoy, intruder.ip, intruder.mac),
      'a SYN-ACK': tcpTo(decoy, intruder, 40_000, syn | ack, 102),
      'the refusal of a closed port': tcpTo(decoy, intruder, 40_000, rst | ack, 9999),
      'the answer to a datagram': udpTo(decoy, intruder, 40_000, 161),
      'an echo reply': icmpTo(decoy, intruder, 0),
      'ARP for who spoke to it': arpOf('request', decoy, hmi.ip),
      'ARP for the gateway': arpOf('request', decoy, gateway.ip),
    }
    assert.deepEqual(await out(device, 'plant', rows), Object.keys(rows).toSorted())
    assert.equal(scene.count('decoy-escapes'), 0)
  })

  it('few questions to everybody come out, however many sources somebody makes up', async () => {
    const sources = Array.from({ length: 200 }, (_, at) => ({ mac: intruder.mac, ip: `198.18.65.${at + 1}` }))
    await scene.send(
      'plant',
      sources.map((source) => tcpTo(source, decoy, 102)),
    )
    const asked = await scene.send(
      device,
      sources.map(({ ip }) => arpOf('request', decoy, ip)),
    )
    const count = asked.filter(({ port }) => port === 'plant').length
    assert.ok(count >= 1 && count < 100, `${count} of 200`)
    const [known] = sources
    assert.ok(known !== undefined)
    const again = { again: arpOf('request', decoy, known.ip, known.mac) }
    assert.deepEqual(await out(device, 'plant', again), ['again'], 'to one of whom it is known where he is')
    assert.equal(scene.count('decoy-escapes'), 0)
  })

  it('nothing originates, whoever has taken it over', async () => {
    const rows = {
      'a SYN': tcpTo(decoy, plc, 502),
      'an unasked datagram': udpTo(decoy, plc, 40_000, 161),
      'an echo request': icmpTo(decoy, plc, 8),
      'a segment from a port that no persona serves': tcpTo(decoy, intruder, 40_000, ack, 4444),
      'gratuitous ARP': arpOf('request', decoy, decoy.ip),
      'an ARP probe': arpOf('request', { mac: decoy.mac, ip: '0.0.0.0' }, spare),
      'an ARP answer to everybody': arpOf('reply', decoy, decoy.ip),
      'ARP for a controller that never spoke': arpOf('request', decoy, plc.ip),
      'an address outside of the pool': tcpTo({ mac: decoy.mac, ip: plc.ip }, intruder, 40_000, syn | ack, 102),
      'another MAC': tcpTo({ mac: '00:1b:1b:00:00:99', ip: decoy.ip }, intruder, 40_000, syn | ack, 102),
      'a broadcast': udpTo(decoy, { mac: everybody, ip: '255.255.255.255' }, 47_808, 161),
      LLDP: ethernet({ dst: '01:80:c2:00:00:0e', src: decoy.mac, etherType: 0x88cc, payload: body }),
      IPv6: ethernet({
        dst: '33:33:00:00:00:01',
        src: decoy.mac,
        etherType: etherTypes.ipv6,
        payload: new Uint8Array(60),
      }),
    }
    for (const port of ['plant', 'cell']) assert.deepEqual(await out(device, port, rows), [], port)
    assert.ok(scene.count('decoy-escapes') >= 2 * Object.keys(rows).length)
  })
})

describe('a claim of its address by somebody else withdraws it before anything is answered', () => {
  const claims: Readonly<Record<string, { at: string; frame: Uint8Array }>> = {
    'an ARP probe': { at: 'cell', frame: arpOf('request', { mac: intruder.mac, ip: '0.0.0.0' }, decoy.ip) },
    'gratuitous ARP': { at: 'cell', frame: arpOf('request', { mac: intruder.mac, ip: decoy.ip }, decoy.ip) },
    'an ARP answer to a third': {
      at: 'cell',
      frame: arpOf('reply', { mac: intruder.mac, ip: decoy.ip }, hmi.ip, hmi.mac),
    },
    'traffic from it to a third': { at: 'cell', frame: tcpTo({ mac: intruder.mac, ip: decoy.ip }, hmi, 80) },
    'traffic from it to another decoy': { at: 'plant', frame: tcpTo({ mac: intruder.mac, ip: decoy.ip }, other, 102) },
  }
  for (const [what, { at, frame }] of Object.entries(claims))
    it(what, async () => {
      const arrived = await scene.send(at, [frame])
      assert.equal(arrived.filter(({ port }) => port === device).length, 0, 'the claim itself does not reach it')
      assert.deepEqual(withdrawn(), [decoy.ip])
      const rows = {
        'an ARP request': arpOf('request', hmi, decoy.ip),
        'a SYN': tcpTo(hmi, decoy, 102),
        'an echo request': icmpTo(hmi, decoy),
      }
      assert.deepEqual(await out('plant', device, rows), [])
      const answers = {
        'an ARP answer': arpOf('reply', decoy, hmi.ip, hmi.mac),
        'a SYN-ACK': tcpTo(decoy, hmi, 40_000, syn | ack, 102),
      }
      assert.deepEqual(await out(device, 'plant', answers), [])
      assert.deepEqual(await out('plant', device, { 'another decoy': tcpTo(hmi, other, 102) }), ['another decoy'])
    })

  for (const [what, { at, frame }] of Object.entries(claims))
    it(`also where the one who claims it is contained: ${what}`, async () => {
      nft(`add element bridge ${table} stranger_macs { "${at}" . 0 . ${intruder.mac} timeout 1m }`)
      const arrived = await scene.send(at, [frame])
      assert.equal(arrived.filter(({ port }) => port === device).length, 0)
      assert.deepEqual(withdrawn(), [decoy.ip])
      assert.deepEqual(await out('plant', device, { asked: arpOf('request', hmi, decoy.ip) }), [])
    })

  it('also while the edge is bypassed', async () => {
    nft(`add element bridge ${table} bypass { ether timeout 1m }`)
    await scene.send('cell', [arpOf('request', { mac: intruder.mac, ip: '0.0.0.0' }, decoy.ip)])
    assert.deepEqual(withdrawn(), [decoy.ip])
    assert.deepEqual(await out(device, 'plant', { syn: tcpTo(decoy, plc, 502) }), [])
  })
})

describe('a device at an address of the pool', () => {
  const newcomer = { mac: '02:aa:00:00:00:09', ip: spare }
  const master = { mac: '02:aa:00:00:00:08', ip: '198.18.1.90' }
  const poll = tcpTo(master, newcomer, 502, ack)
  const answer = tcpTo(newcomer, master, 40_000, ack, 502)
  const days = (address: string): number => (lastClaimed(scene.wires.nft, 'bridge').get(address) ?? NaN) / 86_400

  it('is heeded where no decoy stands, so that none comes there', async () => {
    await scene.enforce(withDecoys('observe'))
    stand()
    await scene.send('cell', [arpOf('request', { mac: newcomer.mac, ip: '0.0.0.0' }, spare)])
    assert.deepEqual(withdrawn(), [], 'a probe alone is answered by nobody')
    assert.deepEqual(await out('cell', 'plant', { answer }), ['answer'])
    assert.deepEqual(withdrawn(), [spare])
    assert.deepEqual(await out('plant', 'cell', { poll }), ['poll'])
    assert.deepEqual(
      await out('cell', device, { syn: tcpTo(newcomer, decoy, 102) }),
      ['syn'],
      'it is met as anybody is',
    )
  })

  it('is heard after a decoy left to it, as long as it is there', async () => {
    nft(`delete element bridge ${table} decoys { ${decoy.ip} }`)
    holdWithdrawn(scene.wires.nft, 'bridge', [decoy.ip], 86_400)
    assert.ok(days(decoy.ip) > 28, `${days(decoy.ip)}`)
    await scene.send('cell', [tcpTo({ mac: newcomer.mac, ip: decoy.ip }, master, 40_000, ack, 502)])
    assert.ok(days(decoy.ip) < 1, `${days(decoy.ip)}`)
  })

  it('is polled as ever when a decoy came to it while it was silent, and has its address back with its answer', async () => {
    await scene.enforce(withDecoys('observe'))
    stand()
    nft(`add element bridge ${table} decoys { ${spare} }`)
    assert.deepEqual(await out('plant', 'cell', { poll }), ['poll'])
    assert.deepEqual(withdrawn(), [])
    assert.deepEqual(await out('cell', 'plant', { answer }), ['answer'])
    assert.deepEqual(withdrawn(), [spare])
  })

  it('is reached by a neighbour that asked for it and heard the decoy first', async () => {
    await scene.enforce(withDecoys('observe'))
    stand()
    nft(`add element bridge ${table} decoys { ${spare} }`)
    const misled = tcpTo(master, { mac: decoy.mac, ip: spare }, 502, ack)
    assert.deepEqual(await out('plant', device, { misled }), ['misled'])
    await scene.send('cell', [arpOf('reply', newcomer, master.ip, master.mac)])
    assert.deepEqual(withdrawn(), [spare])
    assert.deepEqual(await out('plant', 'cell', { misled }), ['misled'])
    nft(`delete element bridge ${table} decoys { ${spare} }`)
    assert.deepEqual(await out('plant', 'cell', { misled }), ['misled'], 'also when the decoy has left')
    // Whoever claims the address as well draws nothing that is sent to the device itself.
    await scene.send('plant', [arpOf('reply', { ...intruder, ip: spare }, master.ip)])
    assert.deepEqual(await out('plant', 'cell', { poll }), ['poll'])
  })

  it('gets nothing that is flooded because the bridge does not know where a decoy is', async () => {
    assert.deepEqual(await out('plant', 'cell', { syn: tcpTo(intruder, decoy, 102) }), [])
    assert.deepEqual(scene.contained(), [])
  })
})

describe('a stranger who opened something at a decoy', () => {
  const inside = { mac: '02:aa:00:00:00:02', ip: '198.18.1.40' }
  const neighbour = { mac: '02:aa:00:00:00:05', ip: '198.18.1.45' }
  const lateral = { lateral: tcpTo(inside, neighbour, 80) }

  it('reaches nobody of its zone for a moment, and is not contained by it', async () => {
    assert.deepEqual(await out('cell', 'plant', lateral), ['lateral'], 'before')
    assert.deepEqual(await out('cell', device, { syn: tcpTo(inside, decoy, 102) }), ['syn'])
    assert.deepEqual(await out('cell', 'plant', lateral), [], 'held')
    assert.deepEqual(await out('cell', device, { more: tcpTo(inside, decoy, 102, ack) }), ['more'])
    assert.deepEqual(scene.contained(), [])
    await sleep(3200)
    assert.deepEqual(await out('cell', 'plant', lateral), ['lateral'], 'after')
  })

  it('is contained by its first packet out of scope as ever', async () => {
    await scene.send('plant', [tcpTo(intruder, decoy, 102)])
    assert.deepEqual(await out('plant', 'cell', { write: tcpTo(intruder, plc, 502) }), [])
    assert.deepEqual(scene.contained(), [`stranger ${intruder.ip}`])
  })

  it('is not held by a lone datagram, which may be forged', async () => {
    await scene.send('cell', [udpTo(inside, decoy, 161)])
    assert.deepEqual(await out('cell', 'plant', lateral), ['lateral'])
  })

  it('known assets are never held', async () => {
    const rtu = { mac: macs.rtu, ip: addresses.rtu[0] }
    await scene.send('cell', [tcpTo(rtu, decoy, 102)])
    assert.deepEqual(await out('cell', 'plant', { lateral: tcpTo(rtu, neighbour, 80) }), ['lateral'])
  })

  it('in a zone that does not contain, nobody is', async () => {
    await scene.enforce(withDecoys('enforce'))
    stand()
    await scene.send('cell', [tcpTo(inside, decoy, 102)])
    assert.deepEqual(await out('cell', 'plant', lateral), ['lateral'])
  })
})

describe('a dark address', () => {
  it('is out of scope also for who is in its zone, and contains a stranger silently', async () => {
    const inside = { mac: '02:aa:00:00:00:04', ip: '198.18.1.41' }
    const dark = { mac: '02:aa:00:00:00:05', ip: '198.18.1.50' }
    const lit = { mac: '02:aa:00:00:00:05', ip: '198.18.1.45' }
    assert.deepEqual(await out('cell', 'plant', { lit: tcpTo(inside, lit, 80) }), ['lit'], 'inside its zone')
    assert.deepEqual(await out('cell', 'plant', { dark: tcpTo(inside, dark, 80) }), [])
    assert.deepEqual(scene.contained(), [`stranger ${inside.ip}`])
  })
})
