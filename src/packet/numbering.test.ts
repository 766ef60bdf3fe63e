import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Numbering } from './numbering.ts'

const near = 0x7fff_ff00

describe('the numbers of two ends between which bytes were taken out or put in', () => {
  test('are the same before anything was changed', () => {
    const numbering = new Numbering()
    assert.equal(numbering.same, true)
    assert.equal(numbering.toReceiver(near), near)
    assert.equal(numbering.toSender(near), near)
  })

  test('go apart behind bytes that were taken out, which are acknowledged with what stands before them', () => {
    const numbering = new Numbering()
    numbering.change(1012, -12)
    assert.equal(numbering.toReceiver(999), 999)
    assert.equal(numbering.toReceiver(1012), 1000)
    assert.equal(numbering.toSender(999), 999)
    assert.equal(numbering.toSender(1000), 1012)
    assert.equal(numbering.toSender(1001), 1013)
  })

  test('go apart behind bytes that were put in, of which a part acknowledges nothing of the sender', () => {
    const numbering = new Numbering()
    numbering.change(5000, 9)
    assert.equal(numbering.toReceiver(4999), 4999)
    assert.equal(numbering.toReceiver(5000), 5009)
    for (const [ack, seq] of [
      [4999, 4999],
      [5000, 5000],
      [5004, 5000],
      [5009, 5000],
      [5010, 5001],
    ] as const)
      assert.equal(numbering.toSender(ack), seq, `${ack}`)
  })

  test('stay right across the end of the circle', () => {
    const numbering = new Numbering()
    numbering.change(0x7fff_fffe, -4)
    numbering.change(-0x7fff_fff0, 9)
    assert.equal(numbering.toReceiver(-0x7fff_fff0), (-0x7fff_fff0 + 5) | 0)
    assert.equal(numbering.toSender(numbering.toReceiver(-0x7fff_ff00)), -0x7fff_ff00)
  })

  test('keep their distance when changes are forgotten because everything before them has arrived', () => {
    const numbering = new Numbering()
    numbering.change(1012, -12)
    numbering.change(2000, 9)
    numbering.settle(1500)
    assert.equal(numbering.toReceiver(1600), 1588)
    assert.equal(numbering.toReceiver(2000), 1997)
    numbering.settle(3000)
    assert.equal(numbering.toSender(2997), 3000)
    assert.equal(numbering.same, false)
  })

  test('what is taken out piece after piece is one gap', () => {
    const [one, many] = [new Numbering(), new Numbering()]
    one.change(1036, -36)
    for (const at of [1012, 1024, 1036]) many.change(at, -12)
    for (const seq of [990, 1000, 1036, 1100]) assert.equal(many.toReceiver(seq), one.toReceiver(seq))
    for (const ack of [990, 1000, 1001, 1100]) assert.equal(many.toSender(ack), one.toSender(ack))
  })

  test('of any mixture lead there and back', () => {
    let seed = 7
    const random = (limit: number) => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff) % limit
    for (let round = 0; round < 500; round++) {
      const numbering = new Numbering()
      let at = random(0x7fff_ffff) | 0
      // Bytes that both ends know, as the sender counts them.
      const shared: number[] = []
      for (let step = 0; step < 20; step++) {
        for (let index = 0; index < 1 + random(5); index++) shared.push(((at = (at + 1) | 0) - 1) | 0)
        const size = 1 + random(30)
        if (random(2) === 0) numbering.change((at = (at + size) | 0), -size)
        else numbering.change(at, size)
        shared.push(at)
        at = (at + 1) | 0
      }
      for (const seq of shared) {
        const behind = (seq + 1) | 0
        // What acknowledges a byte acknowledges at least that byte, and never one that was not sent.
        const acked = numbering.toSender((numbering.toReceiver(seq) + 1) | 0)
        assert.ok(((acked - behind) | 0) >= 0 && ((acked - behind) | 0) <= 30, `${seq}`)
      }
      const received = shared.map((seq) => numbering.toReceiver(seq))
      for (let index = 1; index < received.length; index++)
        assert.ok((((received[index] ?? 0) - (received[index - 1] ?? 0)) | 0) >= 1, 'the order stays')
    }
  })
})
