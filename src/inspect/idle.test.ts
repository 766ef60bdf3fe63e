/** Commands of IEC 60870-5-104 that a station does not carry out leave no value to step from. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexOf } from '#protocols/reading.ts'
import { planOf, Wire } from './wire.ts'

const word = (value: number): string => hexOf(Uint8Array.of(value & 255, value >> 8))

const talk = () => {
  const wire = new Wire(planOf({ service: 'iec104', allow: [{ op: 'set-point-scaled', step: 50 }] }), 2404)
  wire.open()
  wire.tcp('client', 1000, 5000, '680407000000')
  wire.tcp('server', 5000, 1006, '68040b000000')
  let [seq, ack, sent] = [1006, 5006, 0]
  /** @returns why it is denied; the station confirms what passes, as it was asked for */
  return (cause: number, value: number): string | undefined => {
    wire.denials.length = 0
    const frame = (own: number, other: number, why: number) =>
      `6810${word(own << 1)}${word(other << 1)}3101${hexOf(Uint8Array.of(why))}000100010000${word(value)}00`
    const asked = frame(sent, sent, cause)
    wire.tcp('client', seq, ack, asked)
    const [denied] = wire.denials
    if (denied !== undefined) return denied.denial.detail
    seq += asked.length / 2
    const confirmed = frame(sent, ++sent, cause + 1)
    wire.tcp('server', ack, seq, confirmed)
    ack += confirmed.length / 2
    return undefined
  }
}

for (const [name, cause] of [
  ['takes another one back', 8],
  ['is a test', 0x86],
  ['has a cause that no command has', 20],
] as const)
  test(`one that ${name} is none to step from`, () => {
    const put = talk()
    assert.equal(put(6, 500), undefined)
    for (const value of [550, 540]) assert.equal(put(cause, value), undefined)
    assert.equal(put(6, 580), 'from 500 to 580 is more than 50')
  })

test('one that is carried out is', () => {
  const put = talk()
  for (const value of [500, 550, 600]) assert.equal(put(6, value), undefined)
})
