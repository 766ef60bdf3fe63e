import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressTaken } from './dhcp.ts'

interface Message {
  readonly op?: number
  readonly type?: number
  readonly ciaddr?: string
  readonly yiaddr?: string
  readonly requested?: string
  readonly pads?: number
}
const ip = (text: string) => text.split('.').map(Number)
const message = ({ op = 1, type = 3, ciaddr, yiaddr, requested, pads = 0 }: Message): Uint8Array => {
  const bytes = new Uint8Array(236)
  bytes[0] = op
  if (ciaddr !== undefined) bytes.set(ip(ciaddr), 12)
  if (yiaddr !== undefined) bytes.set(ip(yiaddr), 16)
  return Uint8Array.from([
    ...bytes,
    0x63,
    0x82,
    0x53,
    0x63,
    ...Array<number>(pads).fill(0),
    53,
    1,
    type,
    ...(requested === undefined ? [] : [50, 4, ...ip(requested)]),
    255,
  ])
}

describe('DHCP puts an address into use', () => {
  const rows: readonly [name: string, given: Message, address: string | undefined][] = [
    ['that a client asks for', { requested: '198.18.1.40' }, '198.18.1.40'],
    ['that a client renews', { ciaddr: '198.18.1.41' }, '198.18.1.41'],
    ['that a server gives', { op: 2, type: 5, yiaddr: '198.18.1.42' }, '198.18.1.42'],
    ['after padding', { requested: '198.18.1.40', pads: 7 }, '198.18.1.40'],
    ['not by looking for a server', { type: 1, requested: '198.18.1.40' }, undefined],
    ['not by an offer', { op: 2, type: 2, yiaddr: '198.18.1.42' }, undefined],
    ['not by a refusal', { op: 2, type: 6, yiaddr: '198.18.1.42' }, undefined],
    ['not without one', {}, undefined],
    ['not by an answer that claims to be a question', { op: 1, type: 5, yiaddr: '198.18.1.42' }, undefined],
  ]
  for (const [name, given, address] of rows) it(name, () => assert.equal(addressTaken(message(given)), address))

  it('and not by any part of a message', () => {
    const whole = message({ requested: '198.18.1.40' })
    for (let end = 0; end < whole.length - 1; end++) assert.equal(addressTaken(whole.subarray(0, end)), undefined)
  })

  it('whatever bytes come', () => {
    let seed = 1
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let round = 0; round < 10_000; round++) {
      const bytes = message({ requested: '198.18.1.40' })
      for (let times = random(8); times >= 0; times--) bytes[230 + random(bytes.length - 230)] = random(256)
      addressTaken(bytes.subarray(0, random(bytes.length + 1)))
    }
  })
})
