import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ipv4, ipv6, udp } from './build.ts'
import { Headers } from './headers.ts'
import { Reassembly, type FragmentFault } from './reassembly.ts'
import { ipProtocols } from './numbers.ts'

const families = {
  IPv4: { src: '198.18.1.70', dst: '198.18.1.10' },
  IPv6: { src: 'fd00:198:18::1', dst: 'fd00:198:18::2' },
} as const
const body = Uint8Array.from({ length: 40 }, (_, index) => index)

type Part = readonly [from: number, to: number, more: boolean]
const last = (from: number): Part => [from, 48, false]

/** Fragments of a datagram of 48 bytes. */
const fragmentsOf = (ends: { src: string; dst: string }, parts: readonly Part[]): Uint8Array[] => {
  const whole = udp(ends, { sport: 1, dport: 2, payload: body })
  return parts.map(([from, to, more]) => {
    const packet = {
      ...ends,
      proto: ipProtocols.udp,
      payload: whole.subarray(from, to),
      fragment: { offset: from, more },
    }
    return ends.src.includes(':') ? ipv6(packet) : ipv4(packet)
  })
}

const rows: readonly { name: string; parts: readonly Part[]; whole: boolean; fault?: FragmentFault; count?: number }[] =
  [
    { name: 'in order', parts: [[0, 16, true], [16, 32, true], last(32)], whole: true },
    { name: 'in any order', parts: [last(32), [16, 32, true], [0, 16, true]], whole: true },
    { name: 'one of which came twice', parts: [[0, 16, true], [0, 16, true], last(16)], whole: true },
    { name: 'one of which never came', parts: [[0, 16, true], last(32)], whole: false, fault: 'incomplete', count: 2 },
    { name: 'without the first', parts: [[16, 32, true], last(32)], whole: false, fault: 'incomplete', count: 2 },
    {
      name: 'that overlap',
      parts: [[0, 24, true], [16, 32, true], last(32)],
      whole: false,
      fault: 'overlapping',
      count: 2,
    },
  ]

for (const [family, ends] of Object.entries(families))
  for (const { name, parts, whole, fault, count } of rows)
    test(`${family} fragments ${name} are ${whole ? 'put together' : 'not put together, and counted'}`, () => {
      const reassembly = new Reassembly()
      const headers = new Headers()
      const done = fragmentsOf(ends, parts).flatMap((bytes) => {
        headers.readIp(bytes, 0, bytes.length)
        assert.deepEqual([headers.fragmented, headers.missing], [true, 0])
        return reassembly.add(bytes, headers) ?? []
      })
      reassembly.end()
      assert.equal(done.length, whole ? 1 : 0)
      const [datagram] = done
      if (datagram !== undefined) {
        assert.ok(headers.readIp(datagram, 0, datagram.length))
        assert.deepEqual([headers.fragmented, headers.dport], [false, 2])
        assert.deepEqual(datagram.subarray(headers.payloadOffset, headers.payloadEnd), body)
      }
      if (fault !== undefined && fault !== 'overlapping') assert.equal(reassembly.faults.get(fault), count)
      if (fault === 'overlapping') assert.ok((reassembly.faults.get(fault) ?? 0) >= 2)
    })
