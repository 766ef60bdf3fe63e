/** A world of bare wires: frames go in at one port of the edge, and what comes out at the others is what was delivered. */
import { readFileSync } from 'node:fs'
import { must, schedSetaffinity } from '#linux/libc.ts'
import { Nft } from '#linux/nftables.ts'
import { ethernet } from '#packet/build.ts'
import { transportChecksum } from '#packet/checksum.ts'
import { decodeFrame, type Frame } from '#packet/decode.ts'
import { etherTypes, ipProtocols } from '#packet/numbers.ts'
import { ipBatch } from '../world/ip-batch.ts'
import { createWorld, type World } from '../world/world.ts'

/** Tells frames apart that are otherwise the same: the last bytes of an IP packet, or a trailer of any other frame. */
export const markLength = 8
const magic = 0xb01d_f00d
/** Whom redirected packets are for, whichever target it is: nobody learns, so they leave by every other port. */
const targetMac = '02:00:00:00:f0:0d'
const barrierMac = '02:ba:00:00:00:01'

const markAt = (frame: Frame): number => (frame.family === 0 ? frame.bytes.length : frame.end) - markLength
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Where the checksum of TCP and UDP is, behind the start of their headers. */
const checksumAt: ReadonlyMap<number, number> = new Map([
  [ipProtocols.tcp, 16],
  [ipProtocols.udp, 6],
])

/** Makes the checksum of a whole packet one of all that is in it, the mark too: conntrack, and so NAT, looks at it. */
const corrected = (bytes: Uint8Array, frame: Frame) => {
  const { proto, fragment, networkOffset, transportOffset, payloadOffset, end } = frame
  const at = transportOffset + (checksumAt.get(proto) ?? 0)
  if (!checksumAt.has(proto) || fragment !== 'none' || payloadOffset + markLength > end) return
  viewOf(bytes).setUint16(at, 0)
  const [src, dst] = [12, 16].map((offset) => bytes.subarray(networkOffset + offset, networkOffset + offset + 4))
  if (src === undefined || dst === undefined) return
  viewOf(bytes).setUint16(at, transportChecksum(src, dst, proto, bytes.subarray(transportOffset, end)))
}

const marked = (frame: Uint8Array, id: number): Uint8Array => {
  const decoded = decodeFrame(frame)
  const bytes = new Uint8Array(frame.length + (decoded.family === 0 ? markLength : 0))
  bytes.set(frame)
  const at = decoded.family === 0 ? frame.length : markAt(decoded)
  viewOf(bytes).setUint32(at, magic)
  viewOf(bytes).setUint32(at + 4, id)
  if (decoded.family === 4) corrected(bytes, decoded)
  return bytes
}

const idOf = (bytes: Uint8Array): number | undefined => {
  const at = markAt(decodeFrame(bytes))
  return at >= 0 && viewOf(bytes).getUint32(at) === magic ? viewOf(bytes).getUint32(at + 4) : undefined
}

/** br_netfilter takes off what stands behind an IP packet; a network card would pad it again. */
const isSame = (sent: Uint8Array, got: Uint8Array): boolean => {
  const { family, end } = decodeFrame(sent)
  const same = (length: number) => Buffer.compare(sent.subarray(0, length), got.subarray(0, length)) === 0
  return family === 0 ? sent.length === got.length && same(sent.length) : got.length >= end && same(end)
}

export interface Arrival {
  readonly id: number
  readonly port: string
  /** It came out as it went in. */
  readonly intact: boolean
  /** `address port` that it is for. */
  readonly destination: string
}

/** Packets of one processor are handled in the order they were sent, by the time `send` returns or soon after. */
export const stayOnOneProcessor = (): void => {
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))?.[1]
  const mask = new Uint8Array(128)
  const cpu = Number(allowed ?? 0)
  mask[cpu >> 3] = 1 << (cpu & 7)
  must('sched_setaffinity', schedSetaffinity(0, mask.length, mask))
}

export class Wires {
  readonly world: World
  readonly nft: Nft
  readonly ports: readonly string[]
  readonly #sent = new Map<number, Uint8Array>()
  #next = 1

  private constructor(world: World) {
    this.world = world
    this.ports = world.options.ports
    this.nft = Nft.open({ namespace: world.edge })
  }

  /** @param address of the bridge, in CIDR notation: redirects need one */
  static async open(ports: readonly string[], address?: string): Promise<Wires> {
    const name = `wires${ports.length}${address === undefined ? '' : 'r'}`
    const world = await createWorld({ name, ports, ...(address === undefined ? {} : { address }) })
    // Without learning every unicast frame goes to every other port, whoever forged its source before.
    await ipBatch(
      ports.map((port) => ['link', 'set', 'dev', port, 'type', 'bridge_slave', 'learning', 'off']),
      world.edge,
    )
    world.listen()
    return new Wires(world)
  }

  /** Other ports in the order in which the bridge floods them: the last one added comes first. */
  egress(port: string): readonly string[] {
    return this.ports.filter((other) => other !== port).toReversed()
  }

  /** @returns the id under which it arrives */
  send(port: string, frame: Uint8Array): number {
    const id = this.#next++
    const bytes = marked(frame, id)
    this.#sent.set(id, bytes)
    this.world.wire(port).send(bytes)
    return id
  }

  /** Has the bridge know the MAC of those to whom packets are redirected, as its kernel asks for by itself. */
  async know(targets: readonly string[]): Promise<void> {
    const commands = [...new Set(targets)].map((ip) => {
      return ['neigh', 'replace', ip, 'lladdr', targetMac, 'dev', this.world.bridge, 'nud', 'permanent']
    })
    await ipBatch(commands, this.world.edge)
  }

  /** What has arrived since the last call. */
  arrived(): Arrival[] {
    return this.ports.flatMap((port) =>
      this.world
        .wire(port)
        .drain()
        .flatMap((frame): Arrival[] => {
          const id = idOf(frame)
          const sent = id === undefined ? undefined : this.#sent.get(id)
          if (id === undefined || sent === undefined) return []
          const { dstIp, dport } = decodeFrame(frame)
          return [{ id, port, intact: isSame(sent, frame), destination: `${dstIp} ${dport}` }]
        }),
    )
  }

  /** Waits until everything sent before has been handled. LLDP passes in every mode. */
  async settled(): Promise<Arrival[]> {
    const [first = '', second = ''] = this.ports
    const barrier = this.send(
      first,
      ethernet({ dst: '01:80:c2:00:00:0e', src: barrierMac, etherType: etherTypes.lldp }),
    )
    const arrivals: Arrival[] = []
    for (const deadline = performance.now() + 2000; performance.now() < deadline;) {
      const now = this.arrived()
      arrivals.push(...now.filter(({ id }) => id !== barrier))
      if (now.some(({ id, port }) => id === barrier && port === second)) {
        this.#sent.clear()
        return arrivals
      }
      await this.world.wire(second).wait(100)
    }
    throw new Error('a frame that always passes did not arrive within 2 s')
  }

  async close(): Promise<void> {
    this.nft.close()
    await this.world.close()
  }
}
