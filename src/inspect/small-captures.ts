/** Small captures of polls, for the tests of who reads them. */
import { ethernet, ipv4, tcp, udp } from '#packet/build.ts'
import { etherTypes, ipProtocols, tcpFlags } from '#packet/numbers.ts'
import { PcapWriter } from '#packet/pcap-writer.ts'
import { addresses } from './wire.ts'
import { bytesOf } from '#protocols/reading.ts'

const { client, server } = addresses
export const ends = { src: client, dst: server }
const back = { src: server, dst: client }
const macs = { dst: '02:00:00:00:00:02', src: '02:00:00:00:00:01' }
export const framed = (payload: Uint8Array, tags: readonly { id: number }[] = []) =>
  ethernet({ ...macs, tags, etherType: etherTypes.ipv4, payload })

const flags = tcpFlags.ack | tcpFlags.psh
export const asks = (hex: string, seq: number, port = 502): Uint8Array => {
  const payload = tcp(ends, { sport: 40_000, dport: port, seq, ack: 5000, flags, payload: bytesOf(hex) })
  return ipv4({ ...ends, proto: ipProtocols.tcp, payload })
}
export const answers = (hex: string, seq: number, port = 502): Uint8Array => {
  const payload = tcp(back, { sport: port, dport: 40_000, seq, ack: 2000, flags, payload: bytesOf(hex) })
  return ipv4({ ...back, proto: ipProtocols.tcp, payload })
}
export const read = (id: string) => `${id} 0000 0006 01 03 0064 0002`
export const shown = (id: string) => `${id} 0000 0007 01 03 04 0007 0009`
export const write = (id: string) => `${id} 0000 0006 01 06 0064 0384`
export const fragmented = (part: 'first' | 'rest'): Uint8Array => {
  const datagram = udp(ends, {
    sport: 47_808,
    dport: 47_808,
    payload: bytesOf('810a0011 0104 0005010c 0c00400001 1955'),
  })
  const [from, to] = part === 'first' ? [0, 16] : [16, datagram.length]
  const fragment = { offset: from, more: part === 'first' }
  return ipv4({ ...ends, proto: ipProtocols.udp, payload: datagram.subarray(from, to), fragment })
}

/** One packet a second from the epoch's 1,000,000,000th second on. */
export const captureOf = (frames: readonly Uint8Array[], linkType = 1): Uint8Array => {
  const writer = new PcapWriter(linkType)
  const records = frames.map((bytes, index) => writer.record(bytes, 1_000_000_000 + index, 5_000_000))
  return Buffer.concat([writer.header(), ...records])
}

/** A read, its answer, and a write. */
export const exchange = [asks(read('0001'), 1000), answers(shown('0001'), 5000), asks(write('0002'), 1012)]

/** What a conduit allows of it: not the write's value. */
export const narrow = { allow: ['read', { op: 'write-single-register', registers: '100-119', values: '0-500' }] }
