/** An edge that begins to judge, or judges by another policy, in the midst of connections: none is reset, none stalls, and each is judged. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { given } from '../fixtures/given.ts'
import type { Talker } from './inspection/cell.ts'
import { limitMs, plc, pollMs } from './inspection/failing.ts'
import { Ground, groundPolicy, read, readAnswer, refusal, target, write } from './inspection/proving-ground.ts'
import type { RawPeer } from './inspection/raw-peer.ts'
import { Watched } from './inspection/watched.ts'
import { openTap, type Tap } from './production/tap.ts'

const readOnly = groundPolicy({ allow: ['read'] })

describe('an edge that begins to judge', () => {
  let ground: Ground
  let tap: Tap
  let polled: Record<string, unknown>
  let talker: Talker
  let skewed: RawPeer
  let tail: RawPeer
  before(async () => {
    ground = await Ground.build('midst')
    tap = openTap(ground.world)
    talker = ground.start('hmi')
    await talker.ask({ connect: plc })
    assert.ok((await talker.exchange(read(1), 13)).startsWith(readAnswer(1)))
    skewed = ground.peer()
    await skewed.open()
    skewed.send(read(1).slice(0, 14))
    await skewed.listen(50)
    tail = ground.peer()
    await tail.open()
    tail.send(read(1))
    await tail.listen(50)
    const poller = ground.start('hmi', 'test/system/inspection/polls.ts')
    await poller.ask({ connect: plc })
    await poller.ask({ poll: 200, every: pollMs })
    const polling = poller.ask({ poll: 6000, every: pollMs })
    const daemon = await ground.enforce(readOnly)
    await new Watched(daemon).until('judging')
    polled = await polling
  })
  after(async () => {
    await tap.close()
    await ground[Symbol.asyncDispose]()
  })

  test('polls that were outstanding are answered, and nobody waits longer than one retransmission takes', (context) => {
    context.diagnostic(JSON.stringify(polled))
    assert.equal(polled['ended'], undefined)
    assert.equal(polled['answered'], polled['sent'])
    assert.ok(Number(polled['longest']) <= limitMs, `${String(polled['longest'])} ms`)
    assert.deepEqual(tap.resets, [])
    assert.ok(tap.most <= 2, `a segment was sent ${tap.most} times`)
  })

  test('the first message of a connection that was open before is judged', async () => {
    assert.equal(await talker.exchange(write(2) + read(3), 22, 3000), `${refusal(2)}${readAnswer(3)}00fa0041`)
    assert.equal(await ground.value(), target.before)
  })

  test('segments that never begin with a message hide no command after the second', async () => {
    // The rest of a read, then commands of which each segment has the end of one and the beginning of the next.
    const stream = read(1).slice(14) + [2, 3, 4, 5, 6, 7, 8].map((id) => write(id)).join('')
    for (let at = 0; at < stream.length; at += 24) {
      skewed.send(stream.slice(at, at + 24))
      await skewed.listen(30)
      const value = await ground.value()
      if (value !== target.before) await ground.restore()
      if (at >= 48) assert.equal(value, target.before, `after ${at / 2} bytes`)
    }
    assert.equal(await ground.value(), target.before)
    assert.equal(skewed.ended.reset, true)
  })

  test('bytes before those that were seen first pass only when the controller has them', async () => {
    tail.send(read(2), { at: 24 })
    tail.send(write(3), { at: 12 })
    await tail.listen(100)
    assert.equal(await ground.value(), target.before)
  })
})

describe('another policy in the midst of connections', () => {
  test('they go on with what is known about them, under its terms', async () => {
    await using ground = await Ground.build('reload')
    const daemon = await ground.enforce(readOnly)
    const watched = new Watched(daemon)
    await watched.until('judging')
    const talker = ground.start('hmi')
    await talker.ask({ connect: plc })
    assert.equal(await talker.exchange(write(1), 9, 3000), refusal(1))
    const poller = ground.start('hmi', 'test/system/inspection/polls.ts')
    await poller.ask({ connect: plc })
    await poller.ask({ poll: 200, every: pollMs })
    const { pid } = await watched.queue()
    for (const [id, allow, answer] of [
      [10, ['read', 'write'], write(10)],
      [20, ['read'], refusal(20)],
    ] as const) {
      const polling = poller.ask({ poll: 2500, every: pollMs })
      await sleep(200)
      writeFileSync(daemon.policyFile, groundPolicy({ allow }))
      await daemon.call('apply', { ...given(daemon.policyFile), by: 'test' }, { timeoutMs: 15_000 })
      await daemon.call('confirm', { by: 'test' })
      assert.equal(await talker.exchange(write(id), answer.length / 2, 3000), answer)
      const polled = await polling
      assert.equal(polled['ended'], undefined)
      assert.equal(polled['answered'], polled['sent'])
      assert.ok(Number(polled['longest']) <= limitMs, `${String(polled['longest'])} ms`)
    }
    assert.equal((await watched.queue()).pid, pid)
    await daemon.stop()
    await watched.end()
  })
})
