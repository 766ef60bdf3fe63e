import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { after, before, suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { liveRecords, type LiveBatch } from '#cli/discover/live.ts'
import { addPort } from '#cli/discover/port.ts'
import { Fault } from '#core/errors.ts'
import { openState } from '#discover/state/state.ts'
import { runIp } from '#linux/ip.ts'
import type { CaptureRecord } from '#packet/records.ts'
import { timeOf } from '#packet/packets.ts'
import { bytes, createWire, mac, type Wire } from './linux-wire.ts'

/** Reads until there are `count` records, or what waits when `count` is none. */
const until = async (live: AsyncGenerator<LiveBatch>, count: number): Promise<CaptureRecord[]> => {
  const records: CaptureRecord[] = []
  while (records.length < count) {
    const next = await live.next()
    if (next.done === true) break
    records.push(...next.value.records)
  }
  return records
}

suite('a mirror port', () => {
  let wire: Wire
  before(async () => {
    wire = await createWire()
  })
  after(() => wire.remove())

  const elsewhere = bytes('02:00:00:00:00:77', mac.left, '88b5', 50)
  const tagged = bytes('02:00:00:00:00:77', mac.left, '8100 0014', '88b5', 50)

  test('gives frames for others, with their tags, numbers from 1 and the time of the kernel', async () => {
    const stop = new AbortController()
    const live = liveRecords('eth0', { signal: stop.signal, namespace: 'right' })
    const reading = until(live, 2)
    await sleep(50)
    const start = Date.now()
    wire.left.send(elsewhere)
    wire.left.send(tagged)
    const records = await reading
    assert.deepEqual(
      records.map(({ number, bytes: frame, wireLength, linkType }) => [
        number,
        Buffer.from(frame).toString('hex'),
        wireLength,
        linkType,
      ]),
      [
        [1, Buffer.from(elsewhere).toString('hex'), elsewhere.length, 1],
        [2, Buffer.from(tagged).toString('hex'), tagged.length, 1],
      ],
    )
    for (const record of records) assert.ok(Math.abs(timeOf(record) - start) < 1000, `${timeOf(record)} ${start}`)
    const [first, second] = records
    assert.ok(first !== undefined && second !== undefined)
    const ns = (record: CaptureRecord) => BigInt(record.seconds) * 1_000_000_000n + BigInt(record.nanoseconds)
    assert.ok(ns(second) >= ns(first))
    stop.abort()
    await live.return(undefined)
  })

  test('says after a second that nothing came, and ends when it is told to', async () => {
    const stop = new AbortController()
    const live = liveRecords('eth0', { signal: stop.signal, namespace: 'right' })
    assert.deepEqual(await live.next(), { done: false, value: { records: [], lost: 0 } })
    const start = performance.now()
    setTimeout(() => stop.abort(), 20)
    assert.deepEqual((await live.next()).value, { records: [], lost: 0 })
    assert.equal((await live.next()).done, true)
    assert.ok(performance.now() - start < 700)
  })

  test('what the kernel could not keep is counted, to the frame', async () => {
    const stop = new AbortController()
    const live = liveRecords('eth0', { signal: stop.signal, namespace: 'right' })
    await live.next()
    const count = 60_000
    const large = bytes('02:00:00:00:00:77', mac.left, '88b5', 1400)
    for (let sent = 0; sent < count; sent++) wire.left.send(large)
    stop.abort()
    let [read, lost] = [0, 0]
    for await (const batch of live) {
      read += batch.records.length
      lost += batch.lost
    }
    assert.equal(read + lost, count)
    assert.ok(lost > 0, 'nothing was lost: the flood is too small to fill the buffer')
  })

  test('an interface that is not there is a fault that names it', async () => {
    const live = liveRecords('eth7', { signal: new AbortController().signal, namespace: 'right' })
    await assert.rejects(
      live.next(),
      (error) =>
        error instanceof Fault && error.code === 'interface-missing' && /mirror port of the switch/.test(error.advice),
    )
  })

  test('one on which nothing comes is listened to for its time, and leaves nothing behind', async () => {
    await runIp(['link', 'add', 'silent0', 'type', 'veth', 'peer', 'name', 'silent1'])
    const state = openState(mkdtempSync('/run/discover-live-'))
    const said: string[] = []
    const { packets, lost } = await addPort(state, 'silent0', {
      signal: new AbortController().signal,
      forMs: 100,
      decodes: true,
      told: () => {},
      listening: () => said.push('listening'),
      silent: () => said.push('silent'),
      kept: () => said.push('kept'),
    })
    assert.deepEqual({ packets, lost, said }, { packets: 0, lost: 0, said: ['listening'] })
    assert.deepEqual(state.captures(), [])
    state.close()
    await runIp(['link', 'delete', 'silent0'])
  })

  test('so is one that is taken away', async () => {
    await runIp(['link', 'add', 'mirror0', 'type', 'veth', 'peer', 'name', 'mirror1'])
    for (const end of ['mirror0', 'mirror1']) await runIp(['link', 'set', end, 'up'])
    const live = liveRecords('mirror0', { signal: new AbortController().signal })
    await live.next()
    await runIp(['link', 'delete', 'mirror0'])
    await assert.rejects(async () => {
      for (let tries = 0; tries < 5; tries++) await live.next()
    }, /"mirror0" was taken away/)
  })
})
