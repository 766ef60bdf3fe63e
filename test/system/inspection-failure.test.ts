/** What passes while commands cannot be judged: as the conduit says, within 0.3 s, and counted by the kernel to the packet. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isRunning } from '#edge/inspection/adopted.ts'
import { decodeFrame } from '#packet/decode.ts'
import { poison } from './inspection/broken-codec.ts'
import { FailingScene as Scene, goesOn, limitMs } from './inspection/failing.ts'
import { mbap, read, readAnswer, refusal, target, write } from './inspection/proving-ground.ts'
import { flag } from './inspection/raw-peer.ts'

const broken = fileURLToPath(new URL('inspection/broken-codec.ts', import.meta.url))

describe('where failures are open', () => {
  let scene: Scene
  before(async () => {
    scene = await Scene.open('open', {}, { NODE_OPTIONS: `--import=${broken} --max-old-space-size=160` })
    scene.ground.world.listen()
  })
  after(() => scene[Symbol.asyncDispose]())

  const judgesAgain = async () => {
    await scene.watched.until('judging')
    const talker = await scene.talker()
    assert.equal(await talker.exchange(write(7), 9, 3000), refusal(7))
    assert.equal(await scene.ground.value(), target.before)
    const { stdout } = await scene.ground.world.exec('edge', 'nft', ['list set bridge bulkhead hung'])
    assert.match(stdout, /set hung/)
    assert.doesNotMatch(stdout, /elements/, 'the kernel knows that nobody hangs any more')
  }

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const)
    test(`${signal}: polls go on within ${limitMs} ms, connections are not touched, and commands are judged again`, async () => {
      const polled = await scene.during(() => scene.watched.kill(signal))
      goesOn(polled)
      await judgesAgain()
    })

  for (const [what, register] of [
    ['an endless loop', poison.loop],
    ['out of memory', poison.memory],
  ] as const)
    test(`${what} in a codec: polls go on, and commands are judged again`, async (context) => {
      const talker = await scene.talker()
      const { failures } = await scene.watched.queue()
      const polled = await scene.during(() => talker.ask({ send: mbap(1, `03 ${register.toString(16)} 0001`) }))
      context.diagnostic(`longest wait ${polled.longest} ms`)
      assert.equal(polled.ended, undefined)
      assert.equal(polled.answered, polled.sent)
      assert.ok(register === poison.memory || polled.longest <= limitMs, `${polled.longest} ms without an answer`)
      await judgesAgain()
      // Sent again, the message may meet the next inspector as well.
      assert.ok((await scene.watched.queue()).failures.length > failures.length)
    })

  test('an exception in a codec costs nothing but a verdict: the message passes, and no process ends', async () => {
    const talker = await scene.talker()
    const known = await scene.watched.queue()
    const answer = await talker.exchange(mbap(1, `03 ${poison.exception.toString(16)} 0001`), 9, 3000)
    assert.equal(answer, '000100000003ff8302', 'the controller itself refuses it')
    assert.equal(await talker.exchange(write(2), 9, 3000), refusal(2))
    assert.equal((await scene.watched.queue()).pid, known.pid)
    assert.ok((await scene.watched.inspector()).faults >= 1)
    const log = readFileSync(scene.watched.place.logs.inspector, 'utf8')
    assert.match(log, /a fault in a codec/)
  })

  test('an inspector that hangs before it judges is given up, and replaced', async () => {
    const pid = await scene.watched.kill('SIGKILL')
    let starting = await scene.watched.queue()
    for (; starting.pid === pid || starting.pid === 0; await sleep(5)) starting = await scene.watched.queue()
    process.kill(starting.pid, 'SIGSTOP')
    const judging = await scene.watched.until('judging')
    assert.notEqual(judging.pid, starting.pid)
    await judgesAgain()
  })

  test('a connection that carried a refusal is reset at once, and no other', async () => {
    await scene.watched.until('judging')
    const [refused, other] = [await scene.talker(), await scene.talker()]
    assert.equal(await refused.exchange(write(1), 9, 3000), refusal(1))
    assert.ok((await other.exchange(read(1), 13, 3000)).startsWith(readAnswer(1)))
    const at = performance.now()
    await scene.watched.kill('SIGKILL')
    const { ended } = await refused.ask({ receive: 1, within: 2000 })
    const took = performance.now() - at
    assert.equal(ended, 'ECONNRESET')
    assert.ok(took <= limitMs, `reset after ${took} ms`)
    assert.ok((await other.exchange(read(2), 13, 3000)).startsWith(readAnswer(2)))
    await judgesAgain()
    assert.ok((await other.exchange(read(3), 13, 3000)).startsWith(readAnswer(3)))
  })

  /** Polls while nobody judges. @returns how many packets passed, or undefined when somebody judged again before the last */
  const passedDuring = async (signal: 'SIGKILL' | 'SIGSTOP'): Promise<number | undefined> => {
    const peer = scene.ground.peer()
    await peer.open()
    peer.send(read(1))
    assert.ok(await peer.hears(readAnswer(1)))
    await peer.listen(100)
    scene.passed()
    await scene.watched.kill(signal)
    const { restarts } = await scene.watched.until('not judging')
    for (let id = 2; id < 40; id++) peer.send(read(id))
    assert.ok(await peer.hears(readAnswer(39)))
    await peer.listen(30)
    const passed = scene.passed()
    const now = await scene.watched.queue()
    return now.state === 'judging' || now.restarts > restarts + 1 ? undefined : passed
  }

  for (const signal of ['SIGKILL', 'SIGSTOP'] as const)
    test(`${signal}: the failure window has exactly the packets that passed meanwhile`, async (context) => {
      for (let attempt = 1; attempt <= 6; attempt++) {
        await scene.settled()
        const begun = Date.now()
        const passed = await passedDuring(signal)
        const window = await scene.watched.windowSince(begun)
        if (passed === undefined) {
          context.diagnostic(`attempt ${attempt}: commands were judged again before everything had passed`)
          continue
        }
        assert.equal(window.details?.['packets'], passed, window.text)
        assert.deepEqual(window.details?.['causes'], [signal === 'SIGKILL' ? 'dead' : 'hung'])
        return
      }
      assert.fail('the machine is too slow to send 38 polls before an inspector is back')
    })

  /** Stops the inspector while more packets come than its queue holds. @returns false when it was stopped so long that it counted as hung */
  const overfill = async (peer: ReturnType<typeof scene.ground.peer>): Promise<boolean> => {
    const { failures, pid } = await scene.watched.queue()
    try {
      process.kill(pid, 'SIGSTOP')
      for (let count = 0; count < 450; count++) peer.send('', { flags: flag.ack })
      process.kill(pid, 'SIGCONT')
    } catch {
      return false
    }
    await peer.listen(300)
    return (await scene.watched.queue()).failures.length === failures.length
  }

  test('a full queue lets pass what is too much, counts it to the packet, and conversations go on', async (context) => {
    for (let attempt = 1; attempt <= 6; attempt++) {
      await scene.settled()
      const peer = scene.ground.peer()
      await peer.open()
      peer.send(read(1))
      assert.ok(await peer.hears(readAnswer(1)))
      await peer.listen(100)
      const begun = Date.now()
      const judgedBefore = (await scene.watched.inspector()).counts['raw-plc']?.packets ?? 0
      scene.passed()
      if (!(await overfill(peer))) {
        context.diagnostic(`attempt ${attempt}: the machine was too slow, and the inspector was taken to be hung`)
        continue
      }
      const passed = scene.passed()
      const judgedAfter = (await scene.watched.inspector()).counts['raw-plc']?.packets ?? 0
      const window = await scene.watched.windowSince(begun)
      const uninspected = Number(window.details?.['packets'])
      assert.equal(uninspected + judgedAfter - judgedBefore, passed, window.text)
      assert.deepEqual(window.details?.['causes'], ['full'])
      assert.ok(uninspected > 100, 'nothing was too much')
      peer.send(read(2))
      assert.ok(await peer.hears(readAnswer(2)), 'the conversation stands still')
      return
    }
    assert.fail('the machine is too slow to stop an inspector for less than 100 ms')
  })
})

describe('where failures are closed', () => {
  let scene: Scene
  before(async () => {
    scene = await Scene.open('closed', { 'on-failure': 'closed' })
    scene.ground.world.listen()
  })
  after(() => scene[Symbol.asyncDispose]())

  test('without anybody of ours alive, nothing passes but empty segments and single reads, which are answered', async () => {
    const { world } = scene.ground
    const seen = async (...words: readonly string[]) => (await world.exec('edge', words[0]!, words.slice(1))).stdout
    const judging = async () => (await scene.watched.report())?.queues.every(({ state }) => state === 'judging')
    for (let tries = 0; (await judging()) !== true; tries++, await sleep(20))
      assert.ok(tries < 1000, 'somebody does not judge')
    const peer = scene.ground.peer()
    await peer.open()
    peer.send(read(1))
    assert.ok(await peer.hears(readAnswer(1)))
    await peer.listen(100)
    const report = await scene.watched.report()
    assert.ok(report !== undefined)
    await scene.ground.daemon?.kill('SIGKILL')
    process.kill(report.pid, 'SIGKILL')
    for (const { pid } of report.queues) process.kill(pid, 'SIGKILL')
    // What is queued for one that is not gone yet is lost with it.
    while ([report.pid, ...report.queues.map(({ pid }) => pid)].some(isRunning)) await sleep(20)
    const bound = () => seen('cat', '/proc/net/netfilter/nfnetlink_queue')
    for (let tries = 0; (await bound()) !== '' && tries < 500; tries++) await sleep(20)
    assert.equal(await bound(), '', 'queues that somebody reads')
    await sleep(100)
    const cell = scene.ground.world.wire('cell')
    /** Looked for as long as it may take on a busy machine; what must not arrive is given the usual time. */
    const arrived = async (hex: string, at: number, options?: Uint8Array, withinMs = 60) => {
      cell.drain()
      peer.send(hex, { at, ...(options === undefined ? {} : { options }) })
      for (const limit = performance.now() + withinMs; ;) {
        await peer.listen(60)
        if (came(hex)) return true
        if (performance.now() >= limit) return false
      }
    }
    const came = (hex: string) =>
      cell.drain().some((bytes) => {
        const { proto, dport, payloadOffset, end } = decodeFrame(bytes)
        return (
          proto === 6 &&
          dport === 502 &&
          (hex === '' || Buffer.from(bytes.subarray(payloadOffset, end)).toString('hex') === hex)
        )
      })
    if (!(await arrived(read(2), 12, undefined, 5000)))
      assert.fail(`a read: ${await seen('nft', 'list counters')}${await seen('nft', 'list set bridge bulkhead hung')}`)
    assert.ok(await peer.hears(readAnswer(2)), 'its answer')
    assert.equal(await arrived('', 24, undefined, 5000), true, 'an empty segment')
    for (const [what, hex] of [
      ['a write', write(3)],
      ['a read with a write behind it', read(3) + write(4)],
      ['two reads', read(3) + read(4)],
      ['a part of a read', read(3).slice(0, 16)],
      ['one byte', '00'],
      ['a read that states another length', mbap(3, '03 0064 0002', 5)],
      ['read/write multiple registers', mbap(3, '17 0064 0001 0065 0001 02 0028')],
    ] as const)
      assert.equal(await arrived(hex, 24), false, what)
    assert.equal(await arrived(read(5), 24, undefined, 5000), true, 'a read after all that')
    assert.equal(await arrived(read(6), 36, Uint8Array.of(1, 1, 1, 1)), false, 'a read behind unusual options')
    assert.equal(await scene.ground.value(), target.before)
  })
})
