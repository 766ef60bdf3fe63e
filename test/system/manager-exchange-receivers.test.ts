/** Stored events reach receivers that are not ours, in order, at least once, and what is missing is told. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, afterEach, before, describe, it } from 'node:test'
import * as z from 'zod'
import { type ExchangeOptions, startExchange } from '#manager/exchange/start.ts'
import { addReceiver, receiverNamed, receiverRows, removeReceiver } from '#manager/exchange/receivers.ts'
import { testReceiver } from '#manager/exchange/testing.ts'
import { openOutlet } from '#manager/exchange/deliver/open.ts'
import { NewReceiver, Target } from '#schema/manager-exchange.ts'
import { beside, type Beside, event } from './exchange/beside.ts'
import { endAll, httpsServer, type Pair, pairIn, syslogServer } from './exchange/servers.ts'
import { readyState } from './manager/start.ts'
import { until } from './until.ts'

let one: { readonly state: string; readonly log: string[] }
let two: Beside
let pair: Pair
before(async () => {
  // No manager runs on it: it would deliver, too, and has other events.
  one = { state: await readyState(), log: [] }
  two = await beside(one)
  pair = pairIn(one.state)
})
after(async () => {
  await endAll()
  await two.end()
})

afterEach(async () => {
  for (const { name } of await receiverRows(two.manager)) await removeReceiver(two.manager, 'ann', name)
})

const quick = { lookMs: 50, shortestMs: 20, longestMs: 100 }
const add = (name: string, target: object, more: object = {}) =>
  addReceiver(two.manager, 'ann', NewReceiver.parse({ name, target: { ca: pair.ca, ...target }, ...more }), {
    readers: two.readers,
    ownPorts: [],
  })
const running = async (work: () => Promise<unknown>, options: ExchangeOptions = {}): Promise<void> => {
  const troubles: string[] = []
  const onTrouble = (what: string): void => void troubles.push(what)
  const exchange = startExchange(two.manager, { readers: two.readers, ...quick, onTrouble, ...options })
  try {
    await work()
  } catch (error) {
    throw new Error(`${String(error)}; troubles: ${troubles.slice(-3).join(', ')}`, { cause: error })
  } finally {
    await exchange.close()
  }
}
const row = (name: string) => receiverNamed(two.manager, name)
const Body = z.object({
  receiver: z.string(),
  events: z.array(z.object({ id: z.string(), kind: z.string(), count: z.number() })),
})
const idsOf = (bodies: readonly { body: string }[]): string[] =>
  bodies.flatMap(({ body }) => Body.parse(JSON.parse(body)).events.map(({ id }) => id))

describe('a receiver of syslog', () => {
  it('that stays connected costs no more with every message', async (t) => {
    const server = createServer((socket) => socket.resume())
    t.after(() => server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const bound = server.address()
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0
    const target = Target.parse({ kind: 'syslog', host: '127.0.0.1', port, tls: false })
    const outlet = openOutlet(target, { name: 'siem', secrets: {}, version: '0.0.0', ownPorts: [], now: Date.now })
    t.after(() => outlet.close())
    const warnings: string[] = []
    const note = ({ message }: Error): void => void warnings.push(message)
    process.on('warning', note)
    for (let sent = 0; sent < 15; sent++)
      assert.deepEqual(await outlet.deliver([event()], { events: 1, kinds: new Map() }), { ok: true })
    process.off('warning', note)
    assert.deepEqual(warnings, [])
  })
  for (const [name, tls, format] of [
    ['TLS, as JSON', true, 'json'],
    ['TCP, as CEF', false, 'cef'],
  ] as const)
    it(`syslog-ng takes everything over ${name}, in order`, async () => {
      const server = await syslogServer(pair, tls)
      const target = {
        kind: 'syslog',
        host: 'localhost',
        port: server.port,
        tls,
        format,
        ...(!tls && { ca: undefined }),
      }
      await add('siem', target)
      const sent = Array.from({ length: 1200 }, () => event())
      await running(async () => {
        await two.store(...sent, event({ kind: 'would-deny' }))
        await until('all are there', () => server.lines().length >= sent.length)
      })
      const lines = server.lines().map((line) => line.split('|'))
      assert.equal(lines.length, sent.length)
      assert.deepEqual(lines[0]?.slice(0, 5), ['131', 'cell-1', 'bulkhead', 'containment', '1'])
      const found = lines.map((fields) => {
        const text = fields.slice(5).join('|')
        return format === 'json'
          ? z.object({ id: z.string() }).parse(JSON.parse(text)).id
          : /externalId=(\w+)/.exec(text)?.[1]
      })
      assert.deepEqual(
        found,
        sent.map(({ id }) => id),
      )
      await server.end()
    })

  it('is not told again what it took, and gets all that came while it was away', async () => {
    const first = await syslogServer(pair, true)
    await add('siem', { kind: 'syslog', host: 'localhost', port: first.port })
    const early = [event(), event()]
    const late = [event(), event(), event()]
    await running(async () => {
      await two.store(...early)
      await until('the early ones are there', async () => (await row('siem')).delivered === 2)
      await first.end()
      await two.store(...late)
      await until('it is noticed', async () => (await row('siem')).trouble !== null)
    })
    const again = await syslogServer(pair, true, first.port)
    await running(() => until('all are there', () => again.lines().length >= 5))
    const ids = again.lines().map((line) => /"id":"(\w+)"/.exec(line)?.[1])
    assert.deepEqual(
      ids,
      [...early, ...late].map(({ id }) => id),
    )
    const { trouble, delivered } = await row('siem')
    assert.deepEqual({ trouble, delivered }, { trouble: null, delivered: 5 })
    await again.end()
  })

  it('with a certificate of somebody else gets nothing', async () => {
    const other = pairIn(one.state)
    const server = await syslogServer(other, true)
    await add('siem', { kind: 'syslog', host: 'localhost', port: server.port })
    const result = await testReceiver(two.manager, 'ann', 'siem', [])
    assert.equal(result.ok, false)
    assert.match(result.what, /certificate/i)
    assert.deepEqual(server.lines(), [])
    await server.end()
  })
})

describe('a webhook', () => {
  it('is signed, tried again, and narrowed by its filter', async () => {
    let calls = 0
    const server = await httpsServer(pair, () => ({ status: ++calls < 3 ? 503 : 204 }))
    const url = `https://localhost:${server.port}/hook?x=1`
    const filter = { classes: ['P1'], severity: 7, sites: ['riverside'] }
    await add('hook', { kind: 'webhook', url, key: 'shared key', authorization: 'Bearer abc' }, { filter })
    const wanted = event({ kind: 'scan' })
    await running(async () => {
      await two.store(event(), event({ kind: 'denial' }), event({ kind: 'scan', site: 'hill' }), wanted)
      await until('it is there', async () => (await row('hook')).delivered === 1)
    })
    assert.equal(server.got.length, 3)
    assert.deepEqual(idsOf(server.got.slice(2)), [wanted.id])
    const { headers, body, path } = server.got[2]!
    assert.equal(path, '/hook?x=1')
    assert.equal(headers.authorization, 'Bearer abc')
    const [, seconds, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['bulkhead-signature'])) ?? []
    assert.equal(mac, createHmac('sha256', 'shared key').update(`${seconds}.${body}`).digest('hex'))
    assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 60)
    await server.end()
  })

  it('that refuses one event for good gets the others, and a note about it', async () => {
    const bad = event()
    const server = await httpsServer(pair, ({ body }) => ({ status: body.includes(bad.id) ? 422 : 200 }))
    await add('hook', { kind: 'webhook', url: `https://localhost:${server.port}/` })
    const good = [event(), event()]
    const next = event()
    await running(async () => {
      await two.store(good[0]!, bad, good[1]!)
      await until('those are done', async () => (await row('hook')).dead === 1)
      await two.store(next)
      await until('the next is there', async () => (await row('hook')).delivered === 3)
    })
    const taken = server.got.filter(({ body }) => !body.includes(bad.id))
    const events = taken.flatMap(({ body }) => Body.parse(JSON.parse(body)).events)
    assert.deepEqual(
      events.map(({ id, kind, count }) => (kind === 'gap' ? `gap ${count}` : id)),
      [good[0]!.id, good[1]!.id, 'gap 1', next.id],
    )
    await server.end()
  })

  it('that is too far behind is told how much is missing, and goes on with what is recent', async () => {
    const server = await httpsServer(pair, () => ({ status: 200 }))
    await add('hook', { kind: 'webhook', url: `https://localhost:${server.port}/` }, { lag: 100 })
    const sent = Array.from({ length: 350 }, () => event())
    await two.store(...sent)
    await running(() => until('it is through', async () => (await row('hook')).delivered === 100))
    const [note, ...rest] = server.got.flatMap(({ body }) => Body.parse(JSON.parse(body)).events)
    assert.deepEqual([note?.kind, note?.count], ['gap', 250])
    assert.deepEqual(
      rest.map(({ id }) => id),
      sent.slice(250).map(({ id }) => id),
    )
    assert.equal((await row('hook')).skipped, 250)
    await server.end()
  })

  it('that answers with a redirect is not followed', async () => {
    const server = await httpsServer(pair, ({ path }) =>
      path === '/elsewhere' ? { status: 200 } : { status: 307, headers: { location: '/elsewhere' } },
    )
    await add('hook', { kind: 'webhook', url: `https://localhost:${server.port}/` })
    const result = await testReceiver(two.manager, 'ann', 'hook', [])
    assert.deepEqual([result.ok, /307; redirects/.test(result.what)], [false, true], result.what)
    assert.equal(server.got.length, 1)
    await server.end()
  })

  it('is delivered to by one of several managers, and by another when that one is gone', async () => {
    const server = await httpsServer(pair, () => ({ status: 200 }))
    await add('hook', { kind: 'webhook', url: `https://localhost:${server.port}/` })
    const three = await beside(one)
    const sent = Array.from({ length: 40 }, () => event())
    const other = startExchange(three.manager, { readers: three.readers, ...quick })
    await running(async () => {
      for (const each of sent.slice(0, 20)) await two.store(each)
      await until('the first half', async () => (await row('hook')).delivered === 20)
    })
    for (const each of sent.slice(20)) await two.store(each)
    await until('the second half', async () => (await row('hook')).delivered === 40)
    await other.close()
    await three.end()
    assert.deepEqual(
      idsOf(server.got),
      sent.map(({ id }) => id),
    )
    await server.end()
  })
})
