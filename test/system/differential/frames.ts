/** Random frames: conversations both ways, and everything else that is on a wire. */
import { isMulticast } from '#core/address.ts'
import {
  arp,
  ethernet,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  macBytes,
  neighbour,
  tcp,
  udp,
  type FragmentPart,
  type Tag,
} from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { etherTypes as layer2 } from '#protocols/layer2.ts'
import { enforcesAnything, type Plan, type VlanId } from '#policy/plan.ts'
import { mac } from './policy.ts'
import type { Random } from './random.ts'
import { markLength } from './wires.ts'
import { stationWith, type Station } from './stations.ts'
import { randomTalk, type Talk } from './talk.ts'

export interface FrameStep {
  readonly kind: 'frame'
  /** Port of the edge whose wire it is put on. */
  readonly port: string
  readonly bytes: Uint8Array
  /** What is sent instead: its parts. */
  readonly fragments?: readonly Uint8Array[]
  /** Parts are missing or the header is wrong: nobody ever gets it where packets are given to the IP hooks. */
  readonly broken?: boolean
}

interface Scene {
  readonly plan: Plan
  readonly random: Random
  readonly stations: readonly Station[]
}

const { syn, ack, rst, fin, psh, urg } = tcpFlags
const flags = [
  syn,
  syn,
  syn | ack,
  ack,
  ack | psh,
  rst,
  rst | ack,
  fin | ack,
  syn | fin,
  syn | rst,
  syn | urg,
  syn | psh,
  0,
  syn | 0xc0,
]

const tagsOf = ({ random }: Scene, vlan: VlanId): Tag[] => {
  const priority = random.int(0, 7)
  const right: Tag[] = vlan === 0 ? (random.chance(0.15) ? [{ id: 0, priority }] : []) : [{ id: vlan, priority }]
  const kind = random.weighted({ right: 93, undeclared: 2, none: 2, service: 1, double: 2 })
  if (kind === 'undeclared') return [{ id: 77 }]
  if (kind === 'none') return []
  if (kind === 'service') return [{ id: vlan, type: random.pick([etherTypes.qinq, etherTypes.legacyQinq]) }]
  return kind === 'double' ? [...right, { id: random.pick([20, 30]) }] : right
}

const groupMac = (ip: string): string | undefined => {
  if (ip === '255.255.255.255') return 'ff:ff:ff:ff:ff:ff'
  if (!isMulticast(ip)) return undefined
  return ip.includes(':') ? '33:33:00:00:00:01' : '01:00:5e:00:00:01'
}

const destinationMac = (scene: Scene, ip: string, vlan: VlanId): string => {
  const right =
    groupMac(ip) ??
    scene.stations.find((station) => station.ips.includes(ip) && station.vlan === vlan)?.mac ??
    mac(0xf000)
  return scene.random.chance(0.03) ? scene.random.pick(['ff:ff:ff:ff:ff:ff', '01:00:5e:7f:00:01', mac(0xf001)]) : right
}

interface Part {
  readonly payload?: Uint8Array
  readonly fragment?: FragmentPart
}
/** EtherType, the packet or a part of it, and what is in it behind the IP header. */
type Datagram = readonly [etherType: number, packet: (part?: Part) => Uint8Array, payload: Uint8Array]

/** Puts a payload on the wire at the place of a station. */
const from = (scene: Scene, station: Station, dst: string, etherType: number, payload: Uint8Array): FrameStep => ({
  kind: 'frame',
  port: station.port,
  bytes: ethernet({ dst, src: station.mac, tags: tagsOf(scene, station.vlan), etherType, payload }),
})

/** Room for the mark by which frames are told apart. */
const room = new Uint8Array(markLength)

const { hopByHop, routing, destination, authentication } = ipProtocols
const extensionTypes = [hopByHop, routing, destination, authentication]

/** Type 4 (RFC 8754) and two segments left, or none. */
const routingData = (random: Random): Uint8Array => Uint8Array.of(4, random.chance(0.5) ? 2 : 0)

/** RFC 791, 3.1: no operation, record route, and the loose and strict source routes, which name their own way. */
const options4 = [
  [1, 1, 1, 0],
  [7, 7, 4, 0, 0, 0, 0, 0],
  [131, 7, 4, 198, 18, 1, 9, 0],
  [1, 137, 7, 4, 198, 18, 1, 9],
]

const datagram = ({ random }: Scene, { src, dst, proto }: Talk, content: Uint8Array): Datagram => {
  const payload = Uint8Array.of(...content, ...room)
  if (src.includes(':')) {
    const types = random.chance(0.1) ? random.some(extensionTypes, random.int(1, 3)) : []
    // RFC 8200, 4.1: hop-by-hop options come first.
    const extensions = types
      .toSorted((a, b) => a - b)
      .map((type) => ({ type, ...(type === routing ? { data: routingData(random) } : {}) }))
    return [
      etherTypes.ipv6,
      (fragment = {}) => ipv6({ src, dst, proto, payload, extensions, hopLimit: 255, ...fragment }),
      payload,
    ]
  }
  const options = random.chance(0.06) ? { options: Uint8Array.from(random.pick(options4)) } : {}
  return [etherTypes.ipv4, (fragment = {}) => ipv4({ src, dst, proto, payload, ...options, ...fragment }), payload]
}

const echo = [8, 8, 0, 13, 14, 3, 11, 5, 17]
const echo6 = [128, 128, 129, 1, 3, 135, 136, 133, 143, 4]

const transport = ({ random }: Scene, talk: Talk, direction: 'there' | 'back'): Uint8Array => {
  const { src, dst, proto, port = 0 } = talk
  const client = random.chance(0.1) ? random.pick([502, 47_808, 67, 68]) : random.int(1024, 1030)
  const ports = direction === 'there' ? { sport: client, dport: port } : { sport: port, dport: client }
  const ends = { src, dst }
  if (proto === ipProtocols.tcp)
    return tcp(ends, {
      ...ports,
      flags: random.chance(0.5) ? (direction === 'there' ? syn : syn | ack) : random.pick(flags),
    })
  if (proto === ipProtocols.udp) return udp(ends, ports)
  if (proto === ipProtocols.icmp) return icmp({ type: random.pick(echo), payload: new Uint8Array(28) })
  if (proto === ipProtocols.icmpv6) return icmpv6(ends, { type: random.pick(echo6), payload: new Uint8Array(16) })
  return new Uint8Array(random.pick([0, 8, 24]))
}

let fragmentId = 1

/** The packet in parts of at least 16 bytes, each with room for a mark at its end. */
const split = (random: Random, [, packet, payload]: Datagram): Uint8Array[] => {
  const size = Math.max(16, Math.floor(payload.length / random.int(2, 3) / 8) * 8)
  const id = fragmentId++
  const parts: Uint8Array[] = []
  for (let offset = 0; offset < payload.length; offset += size)
    parts.push(
      packet({
        payload: payload.subarray(offset, offset + size),
        fragment: { offset, more: offset + size < payload.length, id },
      }),
    )
  return parts
}

/** An IP header that cannot be right: version, header length, checksum, a length beyond the end or inside the header. */
const damaged = (random: Random, packet: Uint8Array): Uint8Array => {
  const bytes = packet.slice()
  const set = (at: number, value: number) => (bytes[at] = value)
  const first = bytes[0] ?? 0
  if (first >> 4 === 6) random.pick([() => set(0, 0x50 | (first & 15)), () => set(4, 8)])()
  else
    random.pick([
      () => set(0, 0x44),
      () => set(0, 0x55),
      () => set(10, (bytes[10] ?? 0) ^ 1),
      () => set(2, 8),
      () => set(2, 0) + set(3, 12),
    ])()
  return bytes
}

const conversation = (scene: Scene): FrameStep => {
  const { plan, random, stations } = scene
  const permitted = randomTalk(plan, random, stations)
  const direction = random.chance(0.65) ? 'there' : 'back'
  const talk = direction === 'there' ? permitted : { ...permitted, src: permitted.dst, dst: permitted.src }
  const right = stationWith(plan, stations, random, talk.src, talk.vlan)
  const spoofed = random.chance(0.1)
  const station = spoofed ? { ...random.pick(stations), ...(random.chance(0.3) ? { mac: right.mac } : {}) } : right
  const tags = tagsOf(scene, station.vlan)
  // Parts are looked at behind at most one 802.1Q tag.
  const plain = tags.every(({ type }) => type === undefined) && tags.length < 2
  const inParts = plain && enforcesAnything(plan) && random.chance(0.06)
  const complete = transport(scene, talk, direction)
  // Cut short: the mark stands where the rest of the header would. Of TCP, no receiver takes what is shorter than its header.
  const content =
    !inParts && talk.proto !== ipProtocols.tcp && random.chance(0.06)
      ? complete.subarray(0, random.int(0, 12))
      : complete
  const whole = datagram(
    scene,
    talk,
    inParts
      ? Uint8Array.of(...content, ...new Uint8Array(random.pick([48, 200, 304]) + ((64 - content.length) % 8)))
      : content,
  )
  const dst = destinationMac(scene, talk.dst, station.vlan)
  const frame = (payload: Uint8Array) => ethernet({ dst, src: station.mac, tags, etherType: whole[0], payload })
  const step = { kind: 'frame' as const, port: station.port, bytes: frame(whole[1]()) }
  if (plain && random.chance(0.02)) return { ...step, bytes: frame(damaged(random, whole[1]())), broken: true }
  if (!inParts) return step
  const parts = split(random, whole).map(frame)
  const incomplete = random.chance(0.3)
  return {
    ...step,
    fragments: incomplete ? parts.toSpliced(random.int(0, parts.length - 1), 1) : parts,
    ...(incomplete ? { broken: true } : {}),
  }
}

const sent = ([etherType, packet]: Datagram): [number, Uint8Array] => [etherType, packet()]

const groups = [
  '255.255.255.255',
  '224.0.0.1',
  '224.0.0.18',
  '224.0.1.129',
  '239.192.1.1',
  '224.0.0.2',
  '198.18.0.63',
  '198.18.1.63',
  'ff02::1',
  'ff02::12',
  'ff02::6b',
  'ff0e::181',
]
const groupPorts = [47_808, 44_818, 2222, 67, 68, 319, 320, 1985, 546, 547, 5353, 137]

const toGroup = (scene: Scene): FrameStep => {
  const { random, stations } = scene
  const station = random.pick(stations)
  const src = random.pick(station.ips)
  const dst = random.pick(groups.filter((group) => group.includes(':') === src.includes(':')))
  const proto = random.pick([17, 17, 17, 17, 2, 112, 6, src.includes(':') ? 58 : 1])
  const [sport, dport] = [random.pick([...groupPorts, 1024]), random.pick(groupPorts)]
  const talk = { src, dst, proto, port: dport }
  const payload = proto === 17 ? udp(talk, { sport, dport }) : transport(scene, talk, 'there')
  return from(
    scene,
    station,
    groupMac(dst) ?? random.pick(['ff:ff:ff:ff:ff:ff', mac(0xf000)]),
    ...sent(datagram(scene, talk, payload)),
  )
}

const ip4Of = ({ stations }: Scene): Station[] => stations.filter(({ ips }) => ips.some((ip) => !ip.includes(':')))

const addressResolution = (scene: Scene): FrameStep => {
  const { random, stations } = scene
  const station = random.pick(stations)
  const claimed = random.chance(0.35) ? random.pick(stations) : station
  const senderIp = claimed.ips.find((ip) => !ip.includes(':')) ?? '0.0.0.0'
  const other = ip4Of(scene)[0]?.ips.find((ip) => !ip.includes(':')) ?? '198.18.0.1'
  const senderMac = random.chance(0.2) ? claimed.mac : station.mac
  const packet = arp({ operation: random.pick([1, 2] as const), senderMac, senderIp, targetIp: other })
  // Another operation, or not of Ethernet and IPv4 as it says.
  if (random.chance(0.1)) packet[random.pick([0, 1, 2, 3, 4, 5, 6, 7])] = random.pick([0, 1, 3, 6, 8, 16])
  return from(scene, station, random.chance(0.6) ? 'ff:ff:ff:ff:ff:ff' : mac(0xf000), etherTypes.arp, packet)
}

const six = (ips: readonly string[]) => ips.find((ip) => ip.includes(':'))

const advertisement = (scene: Scene): FrameStep => {
  const { random, stations } = scene
  const station = random.pick(stations)
  const target = six((random.chance(0.4) ? random.pick(stations) : station).ips) ?? 'fd00:198:18::2'
  const src = six(station.ips) ?? 'fe80::1'
  const dst = random.chance(0.5) ? 'ff02::1' : target
  const message = neighbour(random.pick(['solicit', 'advertise'] as const), { src, dst }, { target, mac: station.mac })
  const payload = Uint8Array.of(...message, ...room)
  return from(
    scene,
    station,
    groupMac(dst) ?? mac(0xf000),
    etherTypes.ipv6,
    ipv6({
      src,
      dst,
      proto: 58,
      payload,
      hopLimit: 255,
      extensions: random.chance(0.2) ? [{ type: random.pick([hopByHop, destination]) }] : [],
    }),
  )
}

const otherTypes = [...Object.values(layer2), 0x8847, 0x8863, 0x8864, 0x88b5, 0x0026, 0x0004, 0x8035, 0x9000]
const otherMacs = [
  '01:80:c2:00:00:00',
  '01:80:c2:00:00:0e',
  '01:80:c2:00:00:03',
  '01:00:0c:cc:cc:cd',
  '01:0e:cf:00:00:00',
  '01:0c:cd:01:00:01',
  'ff:ff:ff:ff:ff:ff',
]

const other = (scene: Scene): FrameStep => {
  const { random, stations, plan } = scene
  const station = random.pick(stations)
  const exact = plan.layer2Exact.length > 0 && random.chance(0.3) ? random.pick(plan.layer2Exact) : undefined
  const type =
    exact?.etherType ??
    (plan.layer2.length > 0 && random.chance(0.4) ? random.pick(plan.layer2).etherType : random.pick(otherTypes))
  const dst = exact?.dst ?? (random.chance(0.5) ? random.pick(otherMacs) : random.pick(stations).mac)
  const sender =
    exact === undefined
      ? station
      : { ...station, ...stations.find((candidate) => candidate.mac === exact.src), vlan: exact.vlan }
  const payload = type < 0x600 ? Uint8Array.of(0x42, 0x42, 3, ...new Uint8Array(40)) : macBytes(mac(random.int(0, 9)))
  return from(scene, sender, dst, type, payload)
}

/** One random frame. */
export const randomFrame = (scene: Scene): FrameStep => {
  const kind = scene.random.weighted({ conversation: 72, group: 9, arp: 6, advertisement: 4, other: 9 })
  if (kind === 'conversation') return conversation(scene)
  if (kind === 'group') return toGroup(scene)
  if (kind === 'arp') return addressResolution(scene)
  return kind === 'advertisement' ? advertisement(scene) : other(scene)
}
