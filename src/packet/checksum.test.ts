import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipv4, ipv6, tcp, udp } from './build.ts'
import { fold, ip4HeaderChecksum, segmentChecksum, sum16 } from './checksum.ts'
import { Headers } from './headers.ts'

const ends4 = { src: '198.18.1.70', dst: '198.18.1.10' }
const ends6 = { src: 'fd00:198:18:1::70', dst: 'fd00:198:18:1::10' }
const payload = Uint8Array.of(1, 2, 3, 4, 5)
const routing = [{ type: 43, data: new Uint8Array(6) }]

const packets: readonly (readonly [sentence: string, packet: Uint8Array])[] = [
  ['TCP over IPv4', ipv4({ ...ends4, proto: 6, payload: tcp(ends4, { sport: 1, dport: 502, payload }) })],
  [
    'TCP behind options of IPv4',
    ipv4({ ...ends4, proto: 6, options: Uint8Array.of(7, 4, 4, 0), payload: tcp(ends4, { sport: 1, dport: 2 }) }),
  ],
  ['UDP over IPv4', ipv4({ ...ends4, proto: 17, payload: udp(ends4, { sport: 1, dport: 2, payload }) })],
  ['TCP over IPv6', ipv6({ ...ends6, proto: 6, payload: tcp(ends6, { sport: 1, dport: 502, payload }) })],
  [
    'UDP behind an extension header of IPv6',
    ipv6({ ...ends6, proto: 17, extensions: routing, payload: udp(ends6, { sport: 1, dport: 2, payload }) }),
  ],
]

for (const [sentence, packet] of packets)
  test(`what is found in place is what building writes, whatever stands in the field: ${sentence}`, () => {
    const headers = new Headers()
    assert.ok(headers.readIp(packet, 0, packet.length))
    const { family, protocol, srcOffset, transportOffset: at, payloadEnd } = headers
    const field = at + (protocol === 6 ? 16 : 6)
    const spoiled = packet.slice().fill(0xa5, field, field + 2)
    const sum = segmentChecksum(spoiled, srcOffset, family === 4 ? 8 : 32, protocol, at, payloadEnd, field)
    assert.equal(sum, (packet[field]! << 8) | packet[field + 1]!)
  })

test('an IPv4 header sums to zero with its own checksum', () => {
  const packet = ipv4({ ...ends4, proto: 6 })
  const sum = ip4HeaderChecksum(packet, 0, 20)
  assert.equal((packet[10]! << 8) | packet[11]!, sum)
  assert.equal(fold(sum16(packet, 0, 0, 20)), 0)
})
