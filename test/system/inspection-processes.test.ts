/** The processes that judge: the daemon, the watchdog and inspectors may end, and what they enforce goes on. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { given } from '../fixtures/given.ts'
import { FailingScene as Scene, goesOn, plc } from './inspection/failing.ts'
import { groundPolicy, read, readAnswer, refusal, target, write } from './inspection/proving-ground.ts'

describe('the processes that judge', () => {
  let scene: Scene
  before(async () => {
    scene = await Scene.open('processes')
  })
  after(() => scene[Symbol.asyncDispose]())

  const refuses = async () => {
    const talker = await scene.talker()
    assert.equal(await talker.exchange(write(7), 9, 3000), refusal(7))
  }

  test('the daemon killed: inspectors go on, and are adopted by the next one with what they know', async () => {
    const talker = await scene.talker()
    assert.equal(await talker.exchange(write(1), 9, 3000), refusal(1))
    const known = await scene.watched.queue()
    await scene.ground.daemon?.kill('SIGKILL')
    assert.equal(await talker.exchange(write(2), 9, 3000), refusal(2))
    await scene.ground.again()
    assert.equal(await talker.exchange(write(3) + read(4), 22, 3000), `${refusal(3)}${readAnswer(4)}00fa0041`)
    const found = await scene.watched.queue()
    assert.deepEqual([found.pid, found.restarts, found.state], [known.pid, known.restarts, 'judging'])
  })

  test('a plan that the kernel refuses changes nothing in how commands are judged', async () => {
    const { world, daemon } = scene.ground
    const nft = (...lines: string[]) => world.exec('edge', 'nft', [lines.join('; ')])
    const { digest } = await scene.watched.inspector()
    const wider = join(daemon?.state ?? '', 'wider.yaml')
    writeFileSync(wider, groundPolicy({ allow: ['read', 'write'] }))
    await nft(
      'delete set inet bulkhead_ip authenticated4',
      'add set inet bulkhead_ip authenticated4 { type ether_addr; }',
    )
    try {
      await assert.rejects(
        daemon?.call('apply', { ...given(wider), by: 'test' }) ?? Promise.resolve(),
        /kernel refused/,
      )
    } finally {
      await nft('delete set inet bulkhead_ip authenticated4')
    }
    assert.equal((await scene.watched.inspector()).digest, digest)
    await refuses()
  })

  test('the daemon killed: an inspector killed then is replaced all the same', async () => {
    await scene.ground.daemon?.kill('SIGKILL')
    const polled = await scene.during(() => scene.watched.kill('SIGKILL'))
    goesOn(polled)
    await scene.watched.until('judging')
    await refuses()
    await scene.ground.again()
  })

  test('what was told of a failure is told once, whatever daemon comes after', async () => {
    await scene.watched.kill('SIGKILL')
    await scene.watched.until('not judging')
    await scene.settled()
    const told = async () => {
      const windows = await scene.watched.events('failure-window', 1)
      return [windows.filter(({ by }) => by === 'kernel').length, (await scene.watched.events('inspection', 2)).length]
    }
    const known = await told()
    assert.ok(Number(known[0]) > 0)
    await scene.ground.daemon?.stop()
    await scene.ground.again()
    await sleep(4000)
    assert.deepEqual(await told(), known)
  })

  test('the watchdog killed: it is started anew, traffic goes on, and commands are judged', async () => {
    const report = await scene.watched.report()
    assert.ok(report !== undefined)
    const polled = await scene.during(async () => process.kill(report.pid, 'SIGKILL'))
    goesOn(polled)
    await sleep(3000)
    const state = await scene.watched.until('judging')
    assert.notEqual((await scene.watched.report())?.pid, report.pid)
    await refuses()
    await sleep(1000)
    const later = await scene.watched.queue()
    assert.deepEqual([later.state, later.pid, later.restarts], ['judging', state.pid, state.restarts])
    await scene.watched.kill('SIGKILL')
    await scene.watched.until('not judging')
    await scene.watched.until('judging')
    await refuses()
  })
})

describe('neutralised commands', () => {
  test('their connection goes on when the inspector is killed', async () => {
    await using scene = await Scene.open('neutral', { 'deny-action': 'neutralise' })
    const talker = await scene.talker()
    assert.equal(await talker.exchange(write(1), 9, 3000), refusal(1))
    await scene.watched.kill('SIGKILL')
    for (let id = 2; id < 40; id++) {
      assert.ok((await talker.exchange(read(id), 13, 3000)).startsWith(readAnswer(id)), `read ${id}`)
      await sleep(25)
    }
    await scene.watched.until('judging')
    assert.equal(await talker.exchange(write(90), 9, 3000), refusal(90))
    assert.equal(await scene.ground.value(), target.before)
  })
})

describe('while nothing fails', () => {
  const long = process.env['BULKHEAD_TEST'] === 'long'
  const ms = long ? 600_000 : 5000
  /** A machine whose processors are all taken for long is told from an inspector that hangs by a second look, and a third. */
  const attempts = long ? 1 : 3
  test(`polls of ${ms / 1000} s at 1 kHz: nothing is taken to have failed`, async () => {
    for (let attempt = 1; ; attempt++) {
      await using scene = await Scene.open(`soak${attempt}`)
      const poller = scene.ground.start('hmi', 'test/system/inspection/polls.ts')
      await poller.ask({ connect: plc })
      const { sent, answered, ended } = await poller.ask({ poll: ms, every: 1 })
      assert.equal(ended, undefined)
      assert.equal(answered, sent)
      const { failures, restarts } = await scene.watched.queue()
      if (failures.length > 0 && attempt < attempts) continue
      assert.deepEqual([failures, restarts], [[], 0])
      return
    }
  })
})
