/**
 * Evasion: ways around the policy that an attacker would try, one sentence each. No daemon runs but where it says so. What is listed as delivered is
 * permitted, or harms nobody; everything else must not come out at the other side.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { unload } from '#edge/kernel/generations.ts'
import { listTemporary } from '#edge/kernel/permits.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { Nft } from '#linux/nftables.ts'
import { macAt } from '#packet/decode.ts'
import { createWorld, type World } from './world/world.ts'
import { startDaemon } from './edge-process.ts'
import { arp, ethernet, icmp, ipv4, ipv6, neighbour, tcp, type Tag } from '#packet/build.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { ack, fin, icmpTo, plc, rst, rtu, syn, tcpTo, udpTo, type Sender } from './containment/frames.ts'
import { addresses, mac, macs, planFrom, plantPolicy } from './containment/plant.ts'
import { Scene } from './containment/scene.ts'

let scene: Scene
before(async () => {
  scene = await Scene.open()
})
after(() => scene.close())

interface Attack {
  readonly name: string
  /** Port that it is sent at; `plant` unless said. */
  readonly at?: string
  readonly frames: Readonly<Record<string, Uint8Array>>
  /** Names of the frames that may come out at the other side. */
  readonly delivered?: readonly string[]
  /** Who is contained by it. */
  readonly contains?: readonly string[]
}

const hmi: Sender = { mac: macs.hmi, ip: addresses.hmi[0] }
const hmi6: Sender = { mac: macs.hmi, ip: addresses.hmi[1] }
const ews: Sender = { mac: macs.ews, ip: addresses.ews[0] }
const plcSends: Sender = { mac: macs.plc, ip: addresses.plc[0] }
const stranger = (number: number): Sender => ({ mac: mac(0x66_0000 + number), ip: `198.18.80.${number}` })
const body = new Uint8Array(24)

const frame = (from: Sender, dst: string, etherType: number, payload: Uint8Array, tags: readonly Tag[] = []) =>
  ethernet({ dst, src: from.mac, tags, etherType, payload })

/** A TCP segment to a port that nobody may use, cut where it hurts. */
const segment = (from: Sender, to: { ip: string }, dport: number, flags: number = syn, sport = 40_000, size = 36) =>
  tcp({ src: from.ip, dst: to.ip }, { sport, dport, flags, payload: new Uint8Array(size) })

let id = 1000
const parts4 = (
  from: Sender,
  to: { mac: string; ip: string },
  proto: number,
  cut: readonly { offset: number; more: boolean; bytes: Uint8Array }[],
) => {
  id++
  return Object.fromEntries(
    cut.map(({ offset, more, bytes }, at) => [
      `part ${at}`,
      frame(
        from,
        to.mac,
        etherTypes.ipv4,
        ipv4({ src: from.ip, dst: to.ip, proto, payload: bytes, fragment: { offset, more, id } }),
      ),
    ]),
  )
}
const parts6 = (
  from: Sender,
  to: { mac: string; ip: string },
  proto: number,
  cut: readonly { offset: number; more: boolean; bytes: Uint8Array }[],
) => {
  id++
  return Object.fromEntries(
    cut.map(({ offset, more, bytes }, at) => [
      `part ${at}`,
      frame(
        from,
        to.mac,
        etherTypes.ipv6,
        ipv6({ src: from.ip, dst: to.ip, proto, payload: bytes, fragment: { offset, more, id } }),
      ),
    ]),
  )
}

/** The same frame with a tag behind its addresses. */
const tagged = (bytesOf: Uint8Array): Uint8Array =>
  Uint8Array.from([...bytesOf.subarray(0, 12), 0x81, 0, 0, 20, ...bytesOf.subarray(12)])

const cases = (attacks: readonly Attack[]) => {
  for (const { name, at = 'plant', frames, delivered = [], contains } of attacks)
    for (const vlan of [0, 20])
      it(vlan === 0 ? name : `${name}, on a VLAN`, async () => {
        const sent =
          vlan === 0 ? frames : Object.fromEntries(Object.entries(frames).map(([key, one]) => [key, tagged(one)]))
        const already = scene.contained()
        assert.deepEqual(await scene.passing(at, sent), delivered.toSorted())
        const fresh = scene.contained().filter((one) => !already.includes(one))
        if (contains !== undefined) assert.deepEqual(fresh, [...contains].toSorted())
      })
}

const s = segment(ews, plc(false), 22)
const s6 = segment({ ...ews, ip: addresses.ews[1] }, plc(true), 22)
const ews6: Sender = { mac: macs.ews, ip: addresses.ews[1] }

const fragments: readonly Attack[] = [
  {
    name: 'a later fragment that begins like a permitted segment does not pass as one',
    frames: parts4(hmi, plc(false), 6, [{ offset: 64, more: false, bytes: segment(hmi, plc(false), 502, ack) }]),
  },
  {
    name: 'an IPv6 later fragment that begins like a permitted segment does not pass as one',
    frames: parts6(hmi6, plc(true), 6, [{ offset: 64, more: false, bytes: segment(hmi6, plc(true), 502, ack) }]),
  },
  {
    name: 'a tiny first fragment without the flags does not open a connection',
    frames: parts4(ews, plc(false), 6, [
      { offset: 0, more: true, bytes: s.subarray(0, 8) },
      { offset: 8, more: false, bytes: s.subarray(8) },
    ]),
  },
  {
    name: 'a SYN in fragments does not pass as an answer of a service with a permit for every port',
    at: 'cell',
    frames: parts4(plcSends, { mac: macs.ews, ip: addresses.ews[0] }, 6, [
      { offset: 0, more: true, bytes: segment(plcSends, { ip: addresses.ews[0] }, 3389).subarray(0, 8) },
      { offset: 8, more: false, bytes: segment(plcSends, { ip: addresses.ews[0] }, 3389).subarray(8) },
    ]),
  },
  {
    name: 'overlapping fragments rewrite no port: the first one counts, as everywhere',
    delivered: ['part 0', 'part 2'],
    frames: parts4(hmi, plc(false), 6, [
      { offset: 0, more: true, bytes: segment(hmi, plc(false), 502, syn, 40_000, 108) },
      { offset: 0, more: true, bytes: segment(hmi, plc(false), 22, syn, 40_000, 108) },
      { offset: 128, more: false, bytes: new Uint8Array(64) },
    ]),
  },
  {
    name: 'a later fragment without a first one reaches nobody',
    frames: parts4(ews, plc(false), 6, [{ offset: 1480, more: false, bytes: new Uint8Array(64) }]),
  },
  {
    name: 'an IPv6 atomic fragment is judged by what it carries',
    frames: parts6(ews6, plc(true), 6, [{ offset: 0, more: false, bytes: s6 }]),
  },
  {
    name: 'an IPv6 later fragment without a first one reaches nobody',
    frames: parts6(ews6, plc(true), 6, [{ offset: 1480, more: false, bytes: new Uint8Array(64) }]),
  },
  {
    name: 'a tiny IPv6 first fragment without the flags does not open a connection',
    frames: parts6(ews6, plc(true), 6, [
      { offset: 0, more: true, bytes: s6.subarray(0, 8) },
      { offset: 8, more: false, bytes: s6.subarray(8) },
    ]),
  },
  {
    name: 'an IPv6 SYN in fragments does not pass as an answer of a service with a permit for every port',
    at: 'cell',
    frames: parts6({ mac: macs.plc, ip: addresses.plc[1] }, ews6, 6, [
      { offset: 0, more: true, bytes: segment({ mac: macs.plc, ip: addresses.plc[1] }, ews6, 3389).subarray(0, 8) },
      { offset: 8, more: false, bytes: segment({ mac: macs.plc, ip: addresses.plc[1] }, ews6, 3389).subarray(8) },
    ]),
  },
]

/** Where nobody puts them together: the later ones follow their first. */
const firstPart = { offset: 0, more: true, bytes: segment(hmi, plc(false), 502, ack, 40_000, 108) }
const laterPart = { offset: 128, more: false, bytes: new Uint8Array(64) }
const first6 = { ...firstPart, bytes: segment(hmi6, plc(true), 502, ack, 40_000, 108) }
/** Both with one number, whoever sends them. */
const sameNumber = (
  ...parts: readonly (readonly [from: Sender, to: { mac: string; ip: string }, part: typeof firstPart])[]
) =>
  Object.fromEntries(
    parts.map(([from, to, part], at) => {
      if (at > 0) id--
      return [`part ${at}`, Object.values(parts4(from, to, 6, [part]))[0] ?? new Uint8Array()]
    }),
  )
const followers: readonly Attack[] = [
  {
    name: 'a part that would overwrite ports and flags reaches nobody, whatever passed before it',
    delivered: ['part 0'],
    frames: parts4(hmi, plc(false), 6, [
      firstPart,
      ...[8, 16, 56].map((offset) => ({ ...laterPart, offset, bytes: segment(hmi, plc(false), 22) })),
    ]),
  },
  {
    name: 'the same over IPv6',
    delivered: ['part 0'],
    frames: parts6(hmi6, plc(true), 6, [
      first6,
      ...[8, 16, 56].map((offset) => ({ ...laterPart, offset, bytes: segment(hmi6, plc(true), 22) })),
    ]),
  },
  {
    name: 'a later part does not follow the first one of another packet',
    delivered: ['part 0'],
    frames: {
      ...parts4(hmi, plc(false), 6, [firstPart]),
      other: Object.values(parts4(hmi, plc(false), 6, [laterPart]))[0] ?? new Uint8Array(),
    },
  },
  {
    name: 'a later part of somebody else does not follow a first one of the same number',
    delivered: ['part 0'],
    frames: sameNumber(
      [hmi, plc(false), firstPart],
      [{ ...hmi, mac: macs.ews }, plc(false), laterPart],
      [ews, plc(false), laterPart],
      [hmi, rtu(false), laterPart],
    ),
  },
  {
    name: 'a first part of IPv6 whose extension headers could hide where the ports are reaches nobody',
    frames: parts6(hmi6, plc(true), ipProtocols.destination, [
      { ...first6, bytes: Uint8Array.of(6, 0, 1, 4, 0, 0, 0, 0, ...first6.bytes) },
      laterPart,
    ]),
  },
]

const bytes = (...values: readonly number[]) => Uint8Array.from(values)

/** With a second fragment header behind options that a first one, of a whole packet, hides. */
const nested = (offset: number, content: Uint8Array, label = 0) => {
  const inner = [6, 0, offset >> 8, (offset & 0xf8) | 1, 0, 0, 0, 9]
  const hidden = bytes(ipProtocols.destination, 0, 0, 0, 0, 0, 0, 8, 44, 0, 1, 4, 0, 0, 0, 0, ...inner, ...content)
  const packet = ipv6({ src: hmi6.ip, dst: plc(true).ip, proto: ipProtocols.fragment, payload: hidden })
  packet.set([label >> 8, label & 255], 2)
  return frame(hmi6, macs.plc, etherTypes.ipv6, packet)
}
const behindOptions = (size: number) =>
  frame(
    hmi6,
    macs.plc,
    etherTypes.ipv6,
    ipv6({
      src: hmi6.ip,
      dst: plc(true).ip,
      proto: 6,
      payload: first6.bytes.subarray(0, size),
      extensions: [{ type: ipProtocols.destination, data: new Uint8Array(54) }],
      fragment: { offset: 0, more: true, id: 10 },
    }),
  )
const hidden: readonly Attack[] = [
  {
    name: 'a fragment header behind another one reaches nobody, also not with a flow label like a port',
    frames: {
      first: nested(0, first6.bytes),
      tiny: nested(0, first6.bytes.subarray(0, 16)),
      later: nested(8, first6.bytes),
      'labelled later': nested(8, first6.bytes, 502),
    },
    contains: [],
  },
  {
    name: 'a first part of IPv6 that is long by headers before the fragment header reaches nobody',
    frames: { short: behindOptions(16), long: behindOptions(128) },
    contains: [],
  },
]

const snap = (etherType: number, payload: Uint8Array) =>
  bytes(0xaa, 0xaa, 3, 0, 0, 0, etherType >> 8, etherType & 255, ...payload)
const ip4 = (from: Sender, to: { ip: string }, dport: number, options?: Uint8Array) =>
  ipv4({
    src: from.ip,
    dst: to.ip,
    proto: 6,
    payload: tcp({ src: from.ip, dst: to.ip }, { sport: 40_000, dport, payload: body }),
    ...(options === undefined ? {} : { options }),
  })
const arpFrom = (from: { mac: string }, senderIp: string, operation: 1 | 2 = 2, dst = 'ff:ff:ff:ff:ff:ff') =>
  frame(
    { mac: from.mac, ip: '' },
    dst,
    etherTypes.arp,
    arp({ operation, senderMac: from.mac, senderIp, targetIp: addresses.plc[0] }),
  )
const advertise = (from: Sender, target: string) => {
  const ends = { src: from.ip, dst: 'ff02::1' }
  const payload = bytes(...neighbour('advertise', ends, { target, mac: from.mac }), ...body)
  return frame(from, '33:33:00:00:00:01', etherTypes.ipv6, ipv6({ ...ends, proto: 58, payload, hopLimit: 255 }))
}

const encapsulations: readonly Attack[] = [
  {
    name: 'IP behind other headers than its own reaches nobody',
    frames: {
      'IP in SNAP': frame(ews, macs.plc, 60, snap(0x0800, ip4(ews, plc(false), 22))),
      'IP in LLC': frame(ews, macs.plc, 60, bytes(6, 6, 3, ...ip4(ews, plc(false), 22))),
      'raw 802.3': frame(ews, macs.plc, 60, bytes(0xff, 0xff, ...ip4(ews, plc(false), 22))),
      'two tags': frame(ews, macs.plc, etherTypes.ipv4, ip4(ews, plc(false), 502), [{ id: 0 }, { id: 20 }]),
      'the same tag twice': frame(ews, macs.plc, etherTypes.ipv4, ip4(ews, plc(false), 502), [{ id: 20 }, { id: 20 }]),
      'service tag': frame(ews, macs.plc, etherTypes.ipv4, ip4(ews, plc(false), 502), [
        { id: 20, type: etherTypes.qinq },
      ]),
      'old service tag': frame(ews, macs.plc, etherTypes.ipv4, ip4(ews, plc(false), 502), [{ id: 20, type: 0x9100 }]),
      'service tag 0': frame(ews, macs.plc, etherTypes.ipv4, ip4(ews, plc(false), 502), [
        { id: 0, type: etherTypes.qinq },
      ]),
      PPPoE: frame(
        ews,
        macs.plc,
        etherTypes.pppoeSession,
        bytes(0x11, 0, 0, 1, 0, 60, 0, 0x21, ...ip4(ews, plc(false), 22)),
      ),
      MPLS: frame(ews, macs.plc, etherTypes.mpls, bytes(0, 1, 1, 64, ...ip4(ews, plc(false), 22))),
      'trailer encapsulation': frame(ews, macs.plc, 0x1000, ip4(ews, plc(false), 22)),
      'IPv6 in the EtherType of IPv4': frame(
        ews6,
        macs.plc,
        etherTypes.ipv4,
        ipv6({ src: ews6.ip, dst: plc(true).ip, proto: 6, payload: s6 }),
      ),
      'IPv4 in the EtherType of IPv6': frame(ews, macs.plc, etherTypes.ipv6, ip4(ews, plc(false), 22)),
      'a header of four words': frame(
        ews,
        macs.plc,
        etherTypes.ipv4,
        bytes(0x44, ...ip4(ews, plc(false), 22).subarray(1)),
      ),
      'no bytes at all': bytes(2, 0, 0, 0, 1, 0x10, 2, 0, 0, 0, 2, 0x71, 8, 0),
    },
  },
  {
    name: 'a packet that names its way reaches nobody, whatever is permitted to its first stop',
    frames: {
      'loose source route': frame(
        hmi,
        macs.plc,
        etherTypes.ipv4,
        ip4(hmi, plc(false), 502, bytes(0x83, 7, 4, 198, 18, 1, 11, 0)),
      ),
      'strict source route': frame(
        hmi,
        macs.plc,
        etherTypes.ipv4,
        ip4(hmi, plc(false), 502, bytes(0x89, 7, 4, 198, 18, 1, 11, 0)),
      ),
      'routing header 0': frame(
        hmi6,
        macs.plc,
        etherTypes.ipv6,
        ipv6({
          src: hmi6.ip,
          dst: plc(true).ip,
          proto: 6,
          payload: tcp({ src: hmi6.ip, dst: plc(true).ip }, { sport: 40_000, dport: 502, payload: body }),
          extensions: [{ type: 43, data: bytes(0, 1, 0, 0, 0, 0, ...new Uint8Array(16)) }],
        }),
      ),
    },
  },
  {
    name: 'extension headers hide no port',
    frames: Object.fromEntries(
      [0, 60, 43, 51, 135, 139, 140, 253].map((type) => [
        `header ${type}`,
        frame(
          ews6,
          macs.plc,
          etherTypes.ipv6,
          ipv6({ src: ews6.ip, dst: plc(true).ip, proto: 6, payload: s6, extensions: [{ type }] }),
        ),
      ]),
    ),
  },
]

/** Packets to a port that nobody may use, whose headers nobody can be judged by. */
const changed = (packet: Uint8Array, at: number, ...values: readonly number[]) => {
  const copy = packet.slice()
  copy.set(values, at)
  return copy
}
const whole6 = ipv6({ src: ews6.ip, dst: plc(true).ip, proto: 6, payload: s6 })
const wrong: readonly Attack[] = [
  {
    name: 'an IP header that is wrong passes nowhere and contains nobody',
    frames: {
      ...Object.fromEntries(
        (
          [
            ['a header of four words', 0, 0x44],
            ['another version', 0, 0x55],
            ['more bytes than came', 2, 16, 0],
            ['fewer bytes than its header', 2, 0, 12],
            ['no bytes', 2, 0, 0],
          ] as const
        ).map(([name, at, ...values]) => [
          name,
          frame(ews, macs.plc, etherTypes.ipv4, changed(ip4(ews, plc(false), 22), at, ...values)),
        ]),
      ),
      'another version of IPv6': frame(ews, macs.plc, etherTypes.ipv6, changed(whole6, 0, 0x50)),
      'more bytes of IPv6 than came': frame(ews, macs.plc, etherTypes.ipv6, changed(whole6, 4, 16, 0)),
    },
    contains: [],
  },
]

const segments: readonly Attack[] = [
  {
    name: 'an answer opens nothing: a SYN from a permitted service is no answer, with FIN or RST neither',
    at: 'cell',
    frames: {
      syn: tcpTo(plcSends, { mac: macs.hmi, ip: hmi.ip }, 40_000, syn, 502),
      'syn fin': tcpTo(plcSends, { mac: macs.hmi, ip: hmi.ip }, 40_000, syn | fin, 502),
      'syn rst': tcpTo(plcSends, { mac: macs.hmi, ip: hmi.ip }, 40_000, syn | rst, 502),
      'syn and everything but ack': tcpTo(plcSends, { mac: macs.hmi, ip: hmi.ip }, 40_000, 0xef, 502),
      'syn ack': tcpTo(plcSends, { mac: macs.hmi, ip: hmi.ip }, 40_000, syn | ack, 502),
      null: tcpTo(plcSends, { mac: macs.hmi, ip: hmi.ip }, 40_000, 0, 502),
    },
    delivered: ['null', 'syn ack'],
    contains: [],
  },
  {
    name: 'nobody uses the mirrored rule from the side of the client',
    frames: {
      'from the port of the service': tcpTo(hmi, plc(false), 22, ack, 502),
      'syn ack from the port of the service': tcpTo(hmi, plc(false), 22, syn | ack, 502),
      'as the service itself': tcpTo(
        { mac: macs.hmi, ip: addresses.plc[0] },
        { mac: macs.hmi, ip: hmi.ip },
        40_000,
        ack,
        502,
      ),
      'a stranger from the port of the service': tcpTo(stranger(1), plc(false), 40_000, syn | ack, 502),
      'a stranger in UDP': udpTo(stranger(1), rtu(false), 40_000, 47_808),
    },
    contains: [],
  },
  {
    name: 'a source that cannot be one reaches nobody',
    frames: Object.fromEntries(
      ['0.0.0.0', '127.0.0.1', '255.255.255.255', '224.0.0.1', '198.18.1.63', addresses.plc[0], addresses.rtu[0]].map(
        (ip, at) => [ip, tcpTo({ mac: mac(0x66_0100 + at), ip }, plc(false), 22)],
      ),
    ),
  },
  {
    name: 'IPv4 addresses written as IPv6 reach nobody',
    frames: {
      mapped: tcpTo({ ...hmi, ip: `::ffff:${hmi.ip}` }, { mac: macs.plc, ip: `::ffff:${addresses.plc[0]}` }, 502),
      compatible: tcpTo({ ...hmi, ip: '::c612:4046' }, { mac: macs.plc, ip: '::c612:10a' }, 502),
      loopback: tcpTo({ ...hmi, ip: '::1' }, { mac: macs.plc, ip: addresses.plc[1] }, 502),
    },
  },
  {
    name: 'unicast at one layer and not at the other reaches nobody',
    frames: {
      'broadcast MAC': tcpTo(ews, { mac: 'ff:ff:ff:ff:ff:ff', ip: addresses.plc[0] }, 22),
      'multicast MAC': udpTo(ews, { mac: '01:00:5e:00:00:fb', ip: addresses.plc[0] }, 69),
      'broadcast address': udpTo(ews, { mac: macs.plc, ip: '255.255.255.255' }, 69),
      'subnet address': udpTo(ews, { mac: macs.plc, ip: '198.18.1.63' }, 69),
      'network address': udpTo(ews, { mac: macs.plc, ip: '198.18.1.0' }, 69),
      'multicast address': udpTo(ews, { mac: macs.plc, ip: '239.1.1.1' }, 69),
    },
    contains: [],
  },
]

const neighbours: readonly Attack[] = [
  {
    name: 'ARP for an asset without MAC does not come from behind another port',
    at: 'cell',
    frames: {
      answer: arpFrom({ mac: mac(0x66_0201) }, addresses.far[0]),
      request: arpFrom({ mac: mac(0x66_0201) }, addresses.far[0], 1),
    },
  },
  {
    name: 'a neighbour advertisement for an asset without MAC does not come from behind another port',
    at: 'cell',
    frames: { advertisement: advertise({ mac: mac(0x66_0202), ip: 'fd00:198:18:1::66' }, addresses.far[1]) },
  },
  {
    name: 'ARP of another hardware type claims no address of an asset',
    frames: {
      'type 6': (() => {
        const bytesOf = arpFrom({ mac: mac(0x66_0203) }, addresses.hmi[0])
        bytesOf[15] = 6
        return bytesOf
      })(),
    },
  },
  {
    name: 'an ICMP redirect passes from no host',
    frames: {
      redirect: frame(
        hmi,
        macs.plc,
        etherTypes.ipv4,
        ipv4({ src: hmi.ip, dst: addresses.plc[0], proto: 1, payload: icmp({ type: 5, code: 1, payload: body }) }),
      ),
    },
    contains: [],
  },
]

const forPlan = (
  name: string,
  more: Parameters<typeof plantPolicy>[0],
  attacks: readonly Attack[],
  together = false,
): void => {
  describe(name, () => {
    before(async () => {
      await scene.enforce({ ...planFrom(plantPolicy(more)), together })
    })
    cases(attacks)
  })
}

const oneWay = { more: { conduits: [{ id: 'all', from: 'ews', to: 'plc', service: 'tcp/any' }] } }
for (const together of [false, true]) {
  const how = together ? 'put together' : 'left apart'
  forPlan(`fragments ${how}`, {}, fragments, together)
  forPlan(
    `fragments ${how}, every port permitted one way`,
    oneWay,
    fragments.filter(({ at }) => at === 'cell'),
    together,
  )
  forPlan(`encapsulations, fragments ${how}`, {}, encapsulations, together)
}
forPlan('fragments that follow', {}, followers)
forPlan('fragment headers that hide', {}, hidden)
forPlan('headers that are wrong, from known assets that may be contained', { known: 'contain 1h' }, wrong)

describe('the sender of a first part', () => {
  const far: Sender = { mac: macs.router, ip: addresses.far[0] }
  const { 'part 0': first, 'part 1': later } = parts4(far, plc(false), 6, [
    { ...firstPart, bytes: segment(far, plc(false), 502, ack, 40_000, 108) },
    laterPart,
  ])
  const sent = async (ports: Scene, at: string, one: Uint8Array | undefined) =>
    (await ports.passing(at, { one: one ?? new Uint8Array() })).length > 0

  it('sends the later ones too: from another port they reach nobody, whoever they say that they come from', async () => {
    await using ports = await Scene.open(['plant', 'cell', 'third'])
    const policy = plantPolicy()
    const edge = policy.edges['edge-1']
    await ports.enforce(
      planFrom({
        ...policy,
        edges: { 'edge-1': { ...edge, ports: { ...edge?.ports, third: { zones: ['third'] } } } },
        zones: { ...policy.zones, third: { level: 2, networks: ['198.18.200.0/24'], mode: 'contain' } },
      }),
    )
    assert.ok(await sent(ports, 'plant', first))
    assert.ok(!(await sent(ports, 'third', later)))
    assert.ok(await sent(ports, 'plant', later))
  })

  it('does not hide from a sensor how many follow it', async () => {
    const rate = { id: 'rate', counts: 'packets' as const, over: 20, in: '10s', response: 'deny' as const }
    await scene.enforce(planFrom(plantPolicy({ known: 'contain 1h', more: { sensors: [rate] } })))
    const { 'part 0': one = body, 'part 1': other = body } = parts4(hmi, plc(false), 6, [firstPart, laterPart])
    const delivered = await scene.send('plant', [one, ...Array.from({ length: 60 }, () => other)])
    assert.ok(delivered.length > 1 && delivered.length < 40, `${delivered.length} passed`)
  })

  it('does not keep anybody from listing the rules', async () => {
    await scene.enforce(planFrom(plantPolicy()))
    for (let count = 0; count < 2; count++) {
      await scene.send('plant', Object.values(parts4(hmi, plc(false), 6, [firstPart])))
      await scene.send('plant', Object.values(parts6(hmi6, plc(true), 6, [first6])))
    }
    const listed = scene.wires.nft.run('list ruleset')
    assert.ok(listed.ok)
    // As it can be loaded again.
    assert.match(listed.value, /typeof oifname . meta mark . @nh,32,16 . @nh,96,64/)
    assert.match(listed.value, /typeof oifname . meta mark . frag id . @nh,64,256/)
  })
})
forPlan('segments', {}, segments)
forPlan('neighbours', {}, neighbours)

describe('link-local addresses', () => {
  before(async () => {
    const policy = plantPolicy()
    const plant = policy.edges['edge-1']?.ports['plant']
    await scene.enforce(
      planFrom({
        ...policy,
        edges: {
          'edge-1': {
            bridge: 'br0',
            ports: {
              plant: { ...plant, zones: ['supervisory', 'dmz'] },
              cell: { zones: ['cell-1'], vlans: ['untagged', 20] },
            },
          },
        },
        zones: { ...policy.zones, dmz: { level: 3.5, networks: ['198.18.130.0/24'], mode: 'shadow' } },
      }),
    )
  })
  cases([
    {
      name: 'of a zone in mode contain are not open because another zone behind the far port is in shadow',
      frames: {
        IPv6: tcpTo({ mac: mac(0x66_0301), ip: 'fe80::6' }, { mac: macs.plc, ip: 'fe80::10' }, 22),
        'IPv6 from a zone in shadow': tcpTo(
          { mac: mac(0x66_0301), ip: 'fd00:198:18:9::6' },
          { mac: macs.plc, ip: 'fe80::10' },
          22,
        ),
        IPv4: tcpTo({ mac: mac(0x66_0302), ip: '169.254.1.1' }, { mac: macs.plc, ip: '169.254.1.2' }, 22),
        'IPv4 from a zone in shadow': tcpTo(
          { mac: mac(0x66_0303), ip: '198.18.130.9' },
          { mac: macs.plc, ip: '169.254.1.2' },
          22,
        ),
      },
    },
  ])
})

describe('what a known asset needs', () => {
  before(() => scene.enforce(planFrom(plantPolicy())))
  const router: Sender = { mac: macs.listed, ip: 'fe80::1' }
  const advert = icmpTo(router, { mac: '33:33:00:00:00:01', ip: 'ff02::1' }, 134)
  it('it keeps: the link-local address of a known MAC is never contained', async () => {
    assert.deepEqual(
      await scene.passing('plant', { out: udpTo(router, { mac: macs.plc, ip: 'fe80::10' }, 5355), advert }),
      ['advert'],
    )
    assert.deepEqual(scene.contained(), [])
  })
  it('it keeps: a router whose neighbours flood the edge with addresses is not contained as a whole', async () => {
    const flood = Array.from({ length: 5000 }, (_, at) =>
      udpTo({ mac: mac(0x99_0000 + at), ip: addresses.far[0] }, plc(false), 502),
    )
    for (const one of flood) scene.wires.send('plant', one)
    await scene.wires.settled()
    const far: Sender = { mac: macs.router, ip: addresses.far[0] }
    await scene.passing('plant', { poll: tcpTo(far, plc(false), 502) })
    await scene.passing('plant', {
      'a stranger behind it': tcpTo({ mac: macs.router, ip: '203.0.113.77' }, plc(false), 22),
    })
    const found = await scene.passing('plant', {
      poll: tcpTo(far, plc(false), 502),
      arp: arpFrom({ mac: macs.router }, '198.18.64.1'),
    })
    assert.deepEqual(found, ['arp', 'poll'])
    assert.deepEqual(scene.macs(), [])
  })
})

describe('a daemon', () => {
  const policy = stringify(plantPolicy())
  const firewall =
    'add table inet filter\nadd chain inet filter forward { type filter hook forward priority 0; policy drop; }'
  const worldOf = (name: string) => createWorld({ name, ports: ['plant', 'cell'] })
  const poll = async (world: World): Promise<boolean> => {
    world.listen()
    world.wire('cell').drain()
    world.wire('plant').send(tcpTo(hmi, plc(false), 502))
    for (const end = performance.now() + 500; performance.now() < end; await world.wire('cell').wait(50))
      if (
        world
          .wire('cell')
          .drain()
          .some((one) => macAt(one, 6) === macs.hmi)
      )
        return true
    return false
  }

  it('goes live beside a firewall that drops what is forwarded, and says so, before and after it comes', async () => {
    await using world = await worldOf('beside')
    using nft = Nft.open({ namespace: world.edge })
    assert.ok(nft.run(firewall).ok)
    const judged = { id: 'judged', from: 'ews', to: 'plc', service: 's7comm', allow: ['read'] }
    const { conduits = [] } = plantPolicy()
    const judging = stringify(plantPolicy({ more: { conduits: [...conduits, judged] } }))
    await using daemon = await startDaemon(world, { policy: judging, edge: 'edge-1' })
    assert.ok(await poll(world))
    const alarms = async () => (await daemon.call('status', {})).alarms.join()
    const until = async (says: boolean) => {
      const end = performance.now() + 6000
      while (/Another firewall/.test(await alarms()) !== says && performance.now() < end) await sleep(100)
      assert.equal(/Another firewall/.test(await alarms()), says)
    }
    await until(true)
    assert.ok(nft.run('delete table inet filter').ok)
    await until(false)
    assert.ok(nft.run(firewall).ok)
    await until(true)
    assert.ok(await poll(world))
  })

  it('that needs nothing of the IP hooks goes live beside it without a word', async () => {
    await using world = await worldOf('apart')
    using nft = Nft.open({ namespace: world.edge })
    assert.ok(nft.run(firewall).ok)
    await using daemon = await startDaemon(world, { policy, edge: 'edge-1' })
    assert.ok(await poll(world))
    assert.deepEqual((await daemon.call('status', {})).alarms, [])
    assert.deepEqual(chainsOf('inet', 'bulkhead_ip', world.edge), [])
  })

  it('whose clock went back opens no permit again that is over, and starts', async () => {
    await using world = await worldOf('clock')
    using nft = Nft.open({ namespace: world.edge })
    const first = await startDaemon(world, { policy, edge: 'edge-1' })
    const order = { from: ews.ip, to: addresses.plc[0], service: 'tcp/22', for: '1s', reason: 'test', by: 'test' }
    await first.call('permit', order)
    // The newest time is written down every ten seconds.
    await sleep(12_000)
    await first.kill('SIGKILL')
    unload(nft)
    writeFileSync(
      '/run/clock.mjs',
      'const now = Date.now.bind(Date); const off = now() - 5000; Date.now = () => now() - off',
    )
    const { policyFile, state, socket } = first
    const env = { NODE_OPTIONS: '--import=/run/clock.mjs' }
    await using again = await startDaemon(world, { policyFile, state, socket, edge: 'edge-1', env })
    assert.deepEqual(await again.call('permits', {}), [])
    assert.deepEqual(listTemporary(nft, 'bridge'), [])
    assert.ok(await poll(world))
  })
})
