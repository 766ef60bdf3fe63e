import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decodeFrame } from './decode.ts'
import { framed, frames, options, packets } from './headers-rows.ts'
import { Headers } from './headers.ts'
import { ipProtocols } from './numbers.ts'

const assertFields = (subject: object, expected: Partial<Record<string, unknown>>) => {
  for (const [key, value] of Object.entries(expected)) assert.deepEqual(Reflect.get(subject, key), value, key)
}

describe('headers are read in place', () => {
  // One object for all rows: nothing of a packet is left when the next one is read.
  const headers = new Headers()
  for (const [sentence, bytes, expected] of frames)
    test(sentence, () => {
      assert.equal(headers.readFrame(bytes, 0, bytes.length), headers.ok)
      assertFields(headers, expected)
    })
  for (const [sentence, bytes, expected] of packets)
    test(sentence, () => {
      assert.equal(headers.readIp(bytes, 0, bytes.length), headers.ok)
      assertFields(headers, expected)
    })
  for (const [sentence, bytes, expected] of options)
    test(`options of TCP: ${sentence}`, () => {
      assert.equal(headers.readIp(bytes, 0, bytes.length), true)
      assertFields(headers.options, expected)
    })
})

/** Places are given from the beginning of the buffer. */
const places = ['networkOffset', 'srcOffset', 'dstOffset', 'transportOffset', 'payloadOffset', 'payloadEnd'] as const

test('a packet in the middle of a buffer is read as one alone, and nothing around it is', () => {
  const alone = new Headers()
  const amid = new Headers()
  for (const [sentence, bytes] of [...packets, ...options]) {
    const padded = new Uint8Array(bytes.length + 40).fill(0xa5)
    padded.set(bytes, 20)
    alone.readIp(bytes, 0, bytes.length)
    amid.readIp(padded, 20, 20 + bytes.length)
    for (const place of places) if (alone[place] >= 0) alone[place] += 20
    if (alone.options.timestampOffset >= 0) alone.options.timestampOffset += 20
    if (alone.options.sackOffset >= 0) alone.options.sackOffset += 20
    assert.deepEqual(amid, alone, sentence)
  }
})

test('random changes and cuts are read as decodeFrame reads them, and never beyond the end', () => {
  let seed = 1
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const headers = new Headers()
  const seeds = [...frames.map(([, bytes]) => bytes), ...[...packets, ...options].map(([, bytes]) => framed(bytes))]
  let same = 0
  for (let round = 0; round < 40_000; round++) {
    const bytes = seeds[next(seeds.length)]!.slice()
    const length = next(3) === 0 ? next(bytes.length + 1) : bytes.length
    for (let change = next(4); change > 0; change--) bytes[next(bytes.length)] = next(256)
    headers.readFrame(bytes, 0, length)
    for (const place of places) assert.ok(headers[place] <= length, place)
    assert.ok(headers.payloadOffset <= headers.payloadEnd || headers.payloadEnd === -1)
    if (headers.options.sackOffset >= 0)
      assert.ok(headers.options.sackOffset + 8 * headers.options.sackCount <= headers.payloadOffset)
    if (!headers.ok) continue
    const frame = decodeFrame(bytes.subarray(0, length))
    assert.equal(frame.family, headers.family)
    // decodeFrame takes an authentication header for the protocol, as nftables does.
    if (frame.proto === ipProtocols.authentication && headers.family === 6) continue
    same++
    assert.equal(frame.etherType, headers.etherType)
    assert.equal(frame.networkOffset, headers.networkOffset)
    assert.deepEqual(
      [frame.vlans.length, frame.vlans[0] ?? -1, frame.vlans.at(-1) ?? -1],
      [headers.vlanCount, headers.outerVlan, headers.innerVlan],
    )
    assert.equal(frame.proto, headers.protocol)
    assert.equal(frame.transportOffset, headers.transportOffset)
    assert.equal(frame.fragment === 'later', headers.fragmentOffset > 0)
    if (headers.family === 4) assert.equal(frame.fragment !== 'none', headers.fragmented)
    if (headers.protocol !== ipProtocols.tcp && headers.protocol !== ipProtocols.udp) continue
    assert.deepEqual([frame.sport, frame.dport], [headers.sport, headers.dport])
    assert.equal(frame.payloadOffset, headers.payloadOffset)
    assert.ok(frame.end >= headers.payloadEnd)
  }
  assert.ok(same > 10_000)
})

test('reading allocates nothing', () => {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert.ok(typeof collect === 'function')
  const headers = new Headers()
  const all = [...packets, ...options].map(([, bytes]) => bytes)
  const inFrames = frames.map(([, bytes]) => bytes)
  const turn = (times: number): number => {
    let ports = 0
    for (let index = 0; index < times; index++) {
      const bytes = all[index % all.length]!
      headers.readIp(bytes, 0, bytes.length)
      ports += headers.dport
      const frame = inFrames[index % inFrames.length]!
      headers.readFrame(frame, 0, frame.length)
      ports += headers.seq & 1
    }
    return ports
  }
  turn(100_000)
  // Anything allocated per packet would be 100,000 times its size; what the test runner does meanwhile is some kilobytes.
  let least = Infinity
  for (let attempt = 0; attempt < 5 && least > 100_000; attempt++) {
    collect()
    const before = process.memoryUsage().heapUsed
    turn(100_000)
    least = Math.min(least, process.memoryUsage().heapUsed - before)
  }
  assert.ok(least < 100_000, `${least} bytes over 100,000 packets`)
})
