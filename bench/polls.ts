/** Modbus polls over TCP as raw frames, with the numbers that a connection has, so that no TCP stack is in the figure. */
import { putU16be, putU32be, u16be } from '#core/bytes.ts'
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { fold, sum16 } from '#packet/checksum.ts'
import { compile } from '#policy/compile.ts'
import { parsePolicy } from '#policy/parse.ts'
import type { Plan } from '#policy/plan.ts'
import { hmi, serverOf, siteOf } from './plant.ts'

/** The plant of the benchmarks, with the commands of one conduit judged. */
export const inspectedPlan = (): Plan => {
  const { site } = parsePolicy(
    JSON.stringify({
      ...siteOf(10),
      conduits: [
        { id: 'operate', from: 'hmis', to: 'plcs', service: 'modbus', allow: ['read'], reason: 'polls' },
        { id: 'discover', from: 'hmis', to: 'plcs', service: 'bacnet', allow: ['discover'], reason: 'flood' },
      ],
    }),
    'bench',
  )
  const plan = site === undefined ? undefined : compile(site, 'edge')
  if (plan === undefined) throw new Error('the benchmark policy does not compile')
  return plan
}

const payloads = { request: '000100000006ff0300000001', answer: '000100000005ff03020007' } as const
const tcpOffset = 14 + 20

/** One side of a connection: the same frame again and again, with the numbers of the next message. */
export class Speaker {
  readonly frame: Uint8Array
  readonly #size: number
  #seq: number
  #ack: number
  readonly #answered: number

  /** @param to which of the plant's controllers is asked: conversations are shared out between queues by their addresses */
  constructor(port: number, side: keyof typeof payloads, to = 0) {
    const isClient = side === 'request'
    const server = serverOf(to)
    const [from, there] = isClient ? [hmi, server] : [server, hmi]
    const ends = { src: from.ip, dst: there.ip }
    const payload = Buffer.from(payloads[side], 'hex')
    const ports = isClient ? { sport: port, dport: 502 } : { sport: 502, dport: port }
    this.frame = ethernet({
      dst: there.mac,
      src: from.mac,
      etherType: 0x0800,
      payload: ipv4({ ...ends, proto: 6, payload: tcp(ends, { ...ports, seq: 1, ack: 1, flags: 0x18, payload }) }),
    })
    this.#size = payload.length
    this.#answered = payloads[isClient ? 'answer' : 'request'].length / 2
    this.#seq = isClient ? 1000 : 5000
    this.#ack = isClient ? 5000 : 1000 + this.#answered
  }

  /** The frame with the numbers of the next message, and its checksum. */
  next(): Uint8Array {
    putU32be(this.frame, tcpOffset + 4, this.#seq)
    putU32be(this.frame, tcpOffset + 8, this.#ack)
    const id = tcpOffset + 20
    putU16be(this.frame, id, u16be(this.frame, id) + 1)
    this.#seq = (this.#seq + this.#size) | 0
    this.#ack = (this.#ack + this.#answered) | 0
    putU16be(this.frame, tcpOffset + 16, 0)
    const length = this.frame.length - tcpOffset
    const addresses = sum16(this.frame, 6 + length, 14 + 12, tcpOffset)
    putU16be(this.frame, tcpOffset + 16, fold(sum16(this.frame, addresses, tcpOffset)))
    return this.frame
  }
}

/** A BACnet Who-Is to one of the plant's controllers (ASHRAE 135, 16.10): a whole command in a datagram. */
export const whoIs = (index: number): Uint8Array => {
  const server = serverOf(index % 10)
  const ends = { src: hmi.ip, dst: server.ip }
  const payload = Buffer.from('810a000c0120ffff00ff1008', 'hex')
  return ethernet({
    dst: server.mac,
    src: hmi.mac,
    etherType: 0x0800,
    payload: ipv4({ ...ends, proto: 17, payload: udp(ends, { sport: 47_808, dport: 47_808, payload }) }),
  })
}
