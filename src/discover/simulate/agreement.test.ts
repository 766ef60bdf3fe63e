/** A simulation against `evaluate` itself, packet by packet without any memory of verdicts: they must not differ. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { arp, ethernet, icmp, ipv4, tcp, udp } from '#packet/build.ts'
import { decodeFrame } from '#packet/decode.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { packetOf } from '#inspect/packet.ts'
import { evaluate } from '#policy/evaluate.ts'
import { initialState } from '#policy/state.ts'
import { openWindows } from '#policy/windows.ts'
import { addresses, document, macs, noon, policyOf, recordsOf, segment, type Name } from './small-plant.ts'
import { Simulation } from './index.ts'

/** Numbers that look random and are the same every time (mulberry32). */
const numbers = (seed: number) => {
  let state = seed
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const office: readonly Name[] = ['hmi', 'historian', 'stranger']
const line: readonly Name[] = ['plc', 'other']
const flagSets = [tcpFlags.syn, tcpFlags.syn | tcpFlags.ack, tcpFlags.ack, tcpFlags.ack | tcpFlags.fin, tcpFlags.rst, 3]

const forged = ['02:66:00:00:00:01', '02:66:00:00:00:02'] as const

interface Placed {
  readonly bytes: Uint8Array
  readonly in: string
  readonly out: string
}

/** One packet from behind its port with every MAC that comes later, so that all are known when frames without addresses come. */
const introductions = (): readonly Placed[] => {
  const strangers = Array.from({ length: 9 }, (_, index) => `02:99:00:00:00:${90 + index}`)
  const down = [macs.hmi, macs.historian, forged[0], ...strangers].map((mac) => ({
    in: 'plant',
    out: 'cell',
    bytes: segment({ from: 'hmi', to: 'plc', mac }),
  }))
  const up = [macs.plc, macs.other, forged[1]].map((mac) => ({
    in: 'cell',
    out: 'plant',
    bytes: segment({ from: 'other', to: 'hmi', mac }),
  }))
  return [...down, ...up]
}

const frameOf = (random: (below: number) => number): Placed => {
  const one = <T>(all: readonly T[]): T => {
    const picked = all[random(all.length)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }
  const isDown = random(2) === 0
  const [from, to] = isDown ? [one(office), one(line)] : [one(line), one(office)]
  const src = from === 'stranger' ? `198.18.1.${90 + random(12)}` : addresses[from]
  const dst = addresses[to]
  const ends = { src, dst }
  const ports = { sport: one([40_000, 40_001, 502, 80]), dport: one([502, 80, 22, 2000]) }
  // Of a known asset another MAC is a forged one; it is no MAC that belongs behind the other port.
  const mac =
    random(12) === 0 ? forged[isDown ? 0 : 1] : from === 'stranger' ? `02:99:00:00:00:${90 + random(9)}` : macs[from]
  const link = { src: mac, dst: macs[to], tags: random(15) === 0 ? [{ id: 7 }] : [] }
  const place = isDown ? { in: 'plant', out: 'cell' } : { in: 'cell', out: 'plant' }
  const ip = (proto: number, payload: Uint8Array) =>
    ethernet({ ...link, etherType: etherTypes.ipv4, payload: ipv4({ ...ends, proto, payload }) })
  const kind = random(10)
  if (kind < 6) return { ...place, bytes: ip(ipProtocols.tcp, tcp(ends, { ...ports, flags: one(flagSets) })) }
  if (kind < 7) return { ...place, bytes: ip(ipProtocols.udp, udp(ends, ports)) }
  if (kind < 8) return { ...place, bytes: ip(ipProtocols.icmp, icmp({ type: one([0, 3, 8]) })) }
  if (kind < 9)
    return {
      ...place,
      bytes: ethernet({
        ...link,
        etherType: etherTypes.arp,
        payload: arp({ operation: 1, senderMac: mac, senderIp: src, targetIp: dst }),
      }),
    }
  return { ...place, bytes: ethernet({ ...link, etherType: one([0x8892, 0x88b8, etherTypes.lldp]) }) }
}

/** Every address on the wire belongs to a zone, so that its port is known without asking anything that is tested here. */
const plain = (frames: readonly Placed[], policy: ReturnType<typeof policyOf>, every: number) => {
  const counts: Record<string, number> = {}
  const open = new Set(openWindows(policy.plan, noon * 1000).keys())
  let state = initialState({ openWindows: open })
  assert.ok(frames.length * every < 3600, 'no containment ends in between')
  for (const { bytes, in: device, out } of frames) {
    const verdict = evaluate(policy.plan, state, packetOf(decodeFrame(bytes), device, out))
    state = verdict.state
    if (verdict.reason !== 'infrastructure') counts[verdict.reason] = (counts[verdict.reason] ?? 0) + 1
  }
  return counts
}

const policies: Readonly<Record<string, ReturnType<typeof policyOf>>> = {
  'of the plant': policyOf(),
  'with known assets that are contained': policyOf({
    responses: [
      { zone: 'line', event: 'out-of-scope', stranger: 'contain 1h', known: 'contain 1h', 'agreed-by': ['a', 'b'] },
    ],
  }),
  'of networks and denies': policyOf({
    conduits: [
      ...document.conduits,
      { id: 'ping', from: 'office', to: 'line', service: 'icmp' },
      { id: 'any-udp', from: 'office', to: 'line', service: 'udp/any' },
    ],
    denies: [{ id: 'no-udp-80', from: 'historian', to: 'plc', service: 'udp/80' }],
    layer2: [{ zones: ['line', 'office'], allow: ['goose'] }],
  }),
}

describe('a simulation gives the verdicts of evaluation', () => {
  for (const [name, policy] of Object.entries(policies))
    for (const seed of [1, 2, 3])
      test(`under a policy ${name}, seed ${seed}`, () => {
        const random = numbers(seed)
        const frames = [...introductions(), ...Array.from({ length: 1500 }, () => frameOf(random))]
        const every = 1
        const expected = plain(frames, policy, every)
        const simulation = new Simulation([policy.plan])
        simulation.begin('random')
        for (const record of recordsOf(
          frames.map(({ bytes }) => bytes),
          { every },
        ))
          simulation.record(record)
        simulation.end([])
        simulation.finish()
        const counts: Record<string, number> = {}
        for (const { tallies } of simulation.conversations.all)
          for (const { decision, packets } of tallies[0]?.reasons.values() ?? [])
            if (decision.verdict.reason !== 'infrastructure')
              counts[decision.verdict.reason] = (counts[decision.verdict.reason] ?? 0) + packets
        assert.deepEqual(counts, expected)
        assert.equal(simulation.judged, frames.length)
        assert.ok((counts['permitted'] ?? 0) > 10 && Object.keys(counts).length > 6, JSON.stringify(counts))
      })
})
