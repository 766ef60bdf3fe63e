import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, beforeEach, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '#core/errors.ts'
import type { Event, EventDraft } from '#schema/event.ts'
import { fakeOperations, memoryFeed, type MemoryFeed } from '../../../test/fixtures/edge.ts'
import { followEvents, readEvents } from './client.ts'
import { lines } from './lines.ts'
import { matcher } from './matches.ts'
import { type ControlServer, serveControl } from './server.ts'
import { StreamQuery } from './stream-query.ts'
import { type EventFeed, streamEvents } from './stream.ts'

const folder = mkdtempSync(join(tmpdir(), 'stream-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

const first: readonly EventDraft[] = [
  { kind: 'denial', source: { ip: '198.18.1.40' }, conduit: 'a' },
  { kind: 'containment', source: { ip: '198.18.1.40', mac: '02:00:00:00:00:40' } },
  { kind: 'permit', source: { ip: '198.18.1.70', asset: 'hmi-1' }, by: 'ann' },
]
const kindsOf = (events: readonly Event[]): string[] => events.map(({ kind }) => kind)
const kindOf = (draft: EventDraft): string => draft.kind

const openStream = (socket: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    httpRequest({ socketPath: socket, path: '/v1/events?follow=1', agent: false }, resolve).on('error', reject).end()
  })

describe('events over the control socket', () => {
  let feed: MemoryFeed
  let socket: string
  let server: ControlServer
  before(async () => {
    socket = join(folder, `${count++}.sock`)
    // Each test has its own feed behind the one socket.
    const events: EventFeed = {
      search: (query) => feed.search(query),
      after: (seq, limit) => feed.after(seq, limit),
      newest: () => feed.newest(),
    }
    server = await serveControl({ socket, operations: fakeOperations().operations, events })
  })
  after(() => server.close())
  beforeEach(() => {
    feed = memoryFeed()
    feed.add(...first)
  })

  /** Follows, calls `act` once connected (and once per event), and returns what came until `expected` events are there. */
  const followed = async (
    query: Parameters<typeof followEvents>[1],
    expected: number,
    act: () => void,
  ): Promise<Event[]> => {
    const stop = new AbortController()
    const seen: Event[] = []
    setTimeout(act, 50)
    const late = setTimeout(() => stop.abort(), 30_000)
    for await (const event of followEvents(socket, query, { signal: stop.signal })) {
      seen.push(event)
      if (seen.length === expected) stop.abort()
    }
    clearTimeout(late)
    return seen
  }

  it('come oldest first', async () => assert.deepEqual(kindsOf(await readEvents(socket)), first.map(kindOf)))
  it('are the newest so many', async () =>
    assert.deepEqual(kindsOf(await readEvents(socket, { limit: 2 })), ['containment', 'permit']))
  it('are of the kinds asked for', async () =>
    assert.deepEqual(kindsOf(await readEvents(socket, { kind: ['permit', 'denial'] })), ['denial', 'permit']))
  it('begin at a time', async () =>
    assert.deepEqual(kindsOf(await readEvents(socket, { since: '2026-11-21T10:00:02.000Z' })), [
      'containment',
      'permit',
    ]))
  it('begin after an event', async () => {
    const [oldest] = await readEvents(socket)
    assert.deepEqual(kindsOf(await readEvents(socket, { after: oldest!.id })), ['containment', 'permit'])
  })
  it('are followed from now on', async () => {
    const seen = await followed({}, 2, () => feed.add({ kind: 'bypass-start' }, { kind: 'bypass-end' }))
    assert.deepEqual(kindsOf(seen), ['bypass-start', 'bypass-end'])
  })
  it('are followed after the last ones, without a gap and without a double', async () => {
    const seen = await followed({ limit: 1 }, 2, () => feed.add({ kind: 'rollback' }))
    assert.deepEqual(kindsOf(seen), ['permit', 'rollback'])
  })
  it('are followed only where they match', async () => {
    const seen = await followed({ source: '198.18.1.0/26', kind: ['denial'] }, 1, () =>
      feed.add(
        { kind: 'denial', source: { ip: '203.0.113.1' } },
        { kind: 'spoof' },
        { kind: 'denial', source: { ip: '198.18.1.9' } },
      ),
    )
    assert.deepEqual(
      seen.map(({ source }) => source?.ip),
      ['198.18.1.9'],
    )
  })
  it('reach a follower in more than one page', async () => {
    const many = 1300
    const seen = await followed({}, many, () =>
      feed.add(...Array.from({ length: many }, () => ({ kind: 'denial' as const }))),
    )
    assert.equal(new Set(seen.map(({ id }) => id)).size, many)
  })
  it('end with a fault when the daemon ends, which a follower can tell from its own stop', async () => {
    const own = join(folder, `${count++}.sock`)
    const brief = await serveControl({ socket: own, operations: fakeOperations().operations, events: feed })
    const reading = Array.fromAsync(followEvents(own, { limit: 1 }))
    await sleep(50)
    await brief.close()
    await assert.rejects(reading, (error) => error instanceof Fault && error.code === 'edge-unreachable')
  })
  it('end with the fault that the store reports', async () => {
    const broken = memoryFeed()
    feed = {
      ...broken,
      search: () => {
        throw new Fault('store-corrupt', 'The store is damaged.')
      },
    }
    await assert.rejects(readEvents(socket), (error) => error instanceof Fault && error.code === 'store-corrupt')
  })
  it('are refused to a seventeenth follower, and given again when one has left', async () => {
    const held = await Promise.all(Array.from({ length: 16 }, () => openStream(socket)))
    const refused = await openStream(socket)
    assert.equal(refused.statusCode, 409)
    refused.resume()
    held[0]!.destroy()
    await sleep(100)
    const next = await openStream(socket)
    assert.equal(next.statusCode, 200)
    for (const one of [...held, next]) one.destroy()
  })
})

describe('a reader that takes nothing', () => {
  it('costs one page of the store and no more', async () => {
    const feed = memoryFeed()
    feed.add(...Array.from({ length: 5000 }, () => ({ kind: 'denial' as const })))
    let pages = 0
    const counted: EventFeed = { ...feed, newest: () => 0, after: (seq, limit) => (pages++, feed.after(seq, limit)) }
    const stuck = new Writable({ highWaterMark: 1024, write: () => {} })
    const closed = new AbortController()
    const streaming = streamEvents(counted, StreamQuery.parse({ follow: '1' }), stuck, closed.signal)
    await sleep(300)
    assert.equal(pages, 1)
    assert.ok(stuck.writableLength < 4096, `${stuck.writableLength} bytes wait`)
    closed.abort()
    await assert.rejects(streaming, { name: 'AbortError' })
  })
})

const base = memoryFeed().add({
  kind: 'denial',
  conduit: 'a',
  source: { ip: '198.18.1.40', mac: '02:00:00:00:00:40', asset: 'x' },
})[0]!
const questions: readonly { name: string; query: Parameters<typeof matcher>[0]; expect: boolean }[] = [
  { name: 'everything when nothing is asked', query: {}, expect: true },
  { name: 'its address', query: { source: '198.18.1.40' }, expect: true },
  { name: 'its network', query: { source: '198.18.1.0/24' }, expect: true },
  { name: 'its MAC in another spelling', query: { source: '02-00-00-00-00-40' }, expect: true },
  { name: 'its asset', query: { source: 'x' }, expect: true },
  { name: 'not another address', query: { source: '198.18.1.41' }, expect: false },
  { name: 'not another network', query: { source: '198.18.2.0/24' }, expect: false },
  { name: 'not an IPv6 address of the same bits', query: { source: 'fd00:198:18::40' }, expect: false },
  { name: 'its conduit', query: { conduit: 'a' }, expect: true },
  { name: 'not another conduit', query: { conduit: 'b' }, expect: false },
  { name: 'not another kind', query: { kind: ['spoof'] }, expect: false },
  { name: 'not what is later', query: { until: Date.parse(base.time) }, expect: false },
]
describe('an event matches', () => {
  for (const { name, query, expect } of questions) it(name, () => assert.equal(matcher(query)(base), expect))
})

describe('lines', () => {
  it('are the same wherever the stream is cut', async () => {
    const text = Buffer.from('{"a":"ü"}\n\n{"b":2}\nrest')
    for (let at = 0; at <= text.length; at++) {
      const parts = [text.subarray(0, at), text.subarray(at)]
      const stream = (async function* () {
        yield* parts
      })()
      assert.deepEqual(await Array.fromAsync(lines(stream)), ['{"a":"ü"}', '{"b":2}', 'rest'], `cut at ${at}`)
    }
  })
})

describe('a follower', () => {
  it('is connected before the first event', async () => {
    const socket = join(folder, `${count++}.sock`)
    const server = await serveControl({ socket, operations: fakeOperations().operations, events: memoryFeed() })
    const response = await openStream(socket)
    assert.equal(response.statusCode, 200)
    response.destroy()
    await server.close()
  })
})
