/** A world of bare wires: frames go in at one port of the edge, and what comes out at the others is what was delivered. */
import { readFileSync } from 'node:fs'
import { must, schedSetaffinity } from '#linux/libc.ts'
import { Nft } from '#linux/nftables.ts'
import { ethernet } from '#packet/build.ts'
import { decodeFrame, type Frame } from '#packet/decode.ts'
import { etherTypes } from '#packet/numbers.ts'
import { ipBatch } from '../world/ip-batch.ts'
import { createWorld, type World } from '../world/world.ts'

/** Tells frames apart that are otherwise the same: the last bytes of an IP packet, or a trailer of any other frame. */
export const markLength = 8
const magic = 0xb01d_f00d
const barrierMac = '02:ba:00:00:00:01'

const markAt = (frame: Frame): number => (frame.family === 0 ? frame.bytes.length : frame.end) - markLength
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const marked = (frame: Uint8Array, id: number): Uint8Array => {
  const decoded = decodeFrame(frame)
  const bytes = new Uint8Array(frame.length + (decoded.family === 0 ? markLength : 0))
  bytes.set(frame)
  const at = decoded.family === 0 ? frame.length : markAt(decoded)
  viewOf(bytes).setUint32(at, magic)
  viewOf(bytes).setUint32(at + 4, id)
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

  static async open(ports: readonly string[]): Promise<Wires> {
    const world = await createWorld({ name: `wires${ports.length}`, ports })
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

  /** What has arrived since the last call. */
  arrived(): Arrival[] {
    return this.ports.flatMap((port) =>
      this.world
        .wire(port)
        .drain()
        .flatMap((frame): Arrival[] => {
          const id = idOf(frame)
          const sent = id === undefined ? undefined : this.#sent.get(id)
          return id === undefined || sent === undefined ? [] : [{ id, port, intact: isSame(sent, frame) }]
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
