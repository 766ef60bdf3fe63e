import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ethernet, ipv4, ipv6, tcp, udp } from './build.ts'
import { fold, ip4HeaderChecksum, sum16, updateChecksum } from './checksum.ts'
import { Headers } from './headers.ts'
import { etherTypes } from './numbers.ts'
import { writeChecksums } from './rewrite.ts'

const ends4 = { src: '198.18.1.70', dst: '198.18.1.10' }
const ends6 = { src: 'fd00:198:18:1::70', dst: 'fd00:198:18:1::10' }
const macs = { dst: '00:1b:1b:aa:00:10', src: '00:1b:1b:aa:00:70' }
const payload = Uint8Array.of(1, 2, 3, 4, 5)
const routing = [{ type: 43, data: new Uint8Array(6) }]

let seed = 7
const random = (below: number): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}

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

for (const [sentence, packet] of packets) {
  test(`the checksums that writing finds are those of building: ${sentence}`, () => {
    const frame = ethernet({
      ...macs,
      etherType: packet[0] === 0x60 ? etherTypes.ipv6 : etherTypes.ipv4,
      payload: packet,
    })
    const spoiled = frame.slice()
    const headers = new Headers()
    assert.ok(headers.readFrame(spoiled, 0, spoiled.length))
    const field = headers.transportOffset + (headers.protocol === 6 ? 16 : 6)
    spoiled.fill(0xa5, field, field + 2)
    if (headers.family === 4) spoiled.fill(0x5a, headers.networkOffset + 10, headers.networkOffset + 12)
    assert.ok(writeChecksums(spoiled, headers))
    assert.deepEqual(spoiled, frame)
  })

  test(`an updated checksum is the one computed in full: ${sentence}`, () => {
    const headers = new Headers()
    for (let round = 0; round < 2000; round++) {
      const bytes = packet.slice()
      headers.readIp(bytes, 0, bytes.length)
      const { transportOffset: at, payloadEnd } = headers
      const field = at + (headers.protocol === 6 ? 16 : 6)
      const old = (bytes[field]! << 8) | bytes[field + 1]!
      // Ports first, where nothing else in the header depends on them; then the payload.
      const from = random(2) === 0 ? at : headers.payloadOffset
      const to = from === at ? at + 4 : payloadEnd
      const before = sum16(bytes, 0, from, to)
      for (let place = from; place < to; place++) bytes[place] = random(4) === 0 ? 0xff * random(2) : random(256)
      let updated = updateChecksum(old, before, sum16(bytes, 0, from, to))
      if (headers.protocol === 17 && updated === 0) updated = 0xffff
      writeChecksums(bytes, headers)
      assert.equal(updated, (bytes[field]! << 8) | bytes[field + 1]!)
    }
  })
}

test('the example of RFC 1624, 4: a header whose word changes from 0x5555 to 0x3285', () => {
  assert.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000)
})

test('an IPv4 header sums to zero with its own checksum', () => {
  const packet = ipv4({ ...ends4, proto: 6 })
  const sum = ip4HeaderChecksum(packet, 0, 20)
  assert.equal((packet[10]! << 8) | packet[11]!, sum)
  assert.equal(fold(sum16(packet, 0, 0, 20)), 0)
})

test('no checksum is written into a fragment, and none into what is cut short', () => {
  const headers = new Headers()
  const fragment = ipv4({ ...ends4, proto: 17, payload: new Uint8Array(16), fragment: { offset: 8, more: true } })
  headers.readIp(fragment, 0, fragment.length)
  assert.equal(writeChecksums(fragment, headers), false)
  const whole = packets[0]![1]
  const cut = whole.slice(0, -2)
  headers.readIp(cut, 0, cut.length)
  assert.equal(writeChecksums(cut, headers), false)
  assert.deepEqual(cut, whole.slice(0, -2))
})
