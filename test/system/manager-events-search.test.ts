/** What was stored is found, page by page, and is told as it comes. */
import assert from 'node:assert/strict'
import { type IncomingMessage, request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { askManager } from '#manager/client.ts'
import type { Manager } from '#manager/context.ts'
import { ingest } from '#manager/events/ingest.ts'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { User } from '#schema/manager-api.ts'
import { EventPage, FoundEvent, Judgement } from '#schema/manager-events.ts'
import { addEdge, type EdgeStore, edgeStore, type Said } from './manager/edge.ts'
import { password, type Started, start, verifyAudit } from './manager/start.ts'

let one: Started
let manager: Manager
let north: EdgeRef
let store: EdgeStore
/** When an edge stored something. */
let clock = Date.now() - 3 * 86_400_000
const days = (count: number): number => count * 86_400_000
const put = async (said: Said, edge = north, from = store) => ingest(manager, edge, from.batch(said))
const get = (words: string) => askManager(one.manager.socket, { path: `/v1/events?${words}`, answer: EventPage })
const texts = async (words: string): Promise<string> =>
  (await get(words)).events.map(({ event }) => event.text).join(' ')

before(async () => {
  one = await start()
  manager = one.manager.context
  north = await addEdge(manager, 'north', 'cell-1')
  const south = await addEdge(manager, 'south', 'cell-1')
  store = edgeStore(north, 's', () => clock)
  await put({ kind: 'start', text: 'a' })
  clock += days(1)
  await put({
    kind: 'denial',
    text: 'b',
    source: { ip: '198.18.1.40', asset: 'ews-1' },
    conduit: 'c1',
    reason: 'no-conduit',
    count: 7,
  })
  await put({
    kind: 'denial',
    text: 'c',
    source: { ip: '198.18.2.1' },
    destination: { ip: '198.18.1.10', asset: 'plc' },
    count: 2,
  })
  clock += days(1)
  await put({ kind: 'scan', text: 'd 100%_\\', source: { ip: '2001:db8::1' } })
  await put(
    { kind: 'denial', text: 'e' },
    south,
    edgeStore(south, 's', () => clock),
  )
  clock = Date.now()
  await put({ kind: 'would-deny', text: 'f', conduit: 'c1' })
})
after(() => one.end())

describe('a search', () => {
  const day = (ago: number): string => new Date(Date.now() - days(ago)).toISOString()
  const rows: readonly [finds: string, words: string, texts: string][] = [
    ['everything, newest first', '', 'f e d 100%_\\ c b a'],
    ['what one site sent', 'site=south', 'e'],
    ['what edges of one name sent', 'edge=cell-1&limit=2', 'f e'],
    ['nothing of a site that there is not', 'site=west', ''],
    ['a class', 'class=P0', 'a'],
    ['several classes', 'class=P0,P2', 'f a'],
    ['a kind', 'kind=scan', 'd 100%_\\'],
    ['several kinds', 'kind=scan,start', 'd 100%_\\ a'],
    ['an address', 'source=198.18.1.40', 'b'],
    ['a network', 'source=198.18.0.0/16', 'c b'],
    ['a network that is written with host bits', 'source=198.18.1.7/24', 'b'],
    ['an IPv6 network', 'source=2001:db8::/32', 'd 100%_\\'],
    ['a destination', 'destination=198.18.1.10', 'c'],
    ['an asset at either end', 'asset=plc', 'c'],
    ['a conduit', 'conduit=c1', 'f b'],
    ['a reason', 'reason=no-conduit', 'b'],
    ['a text in small letters', 'text=EWS-1', 'b'],
    ['a text with signs of patterns', 'text=100%25_', 'd 100%_\\'],
    ['nothing for a text that is only a pattern', 'text=%25%25', ''],
    ['what is before a time', `to=${day(1.5)}`, 'c b a'],
    ['what is after a time', `from=${day(1.5)}`, 'f e d 100%_\\'],
    ['what is between two times', `from=${day(2.5)}&to=${day(1.5)}`, 'c b'],
    ['what fits into no chain', 'intact=no', ''],
  ]
  for (const [finds, words, found] of rows) it(`finds ${finds}`, async () => assert.equal(await texts(words), found))
  for (const limit of [1, 2, 3, 5])
    it(`finds all in pages of ${limit}, each once`, async () => {
      const found: string[] = []
      for (let next: string | undefined = ''; next !== undefined;) {
        const page = await get(`limit=${limit}${next === '' ? '' : `&after=${next}`}`)
        found.push(...page.events.map(({ event }) => event.text))
        ;({ next } = page)
      }
      assert.equal(found.join(' '), 'f e d 100%_\\ c b a')
    })
  for (const words of [
    'limit=0',
    'limit=1001',
    'source=nobody',
    'class=P9',
    'after=x',
    'kind=A',
    'from=yesterday',
    'x=1',
  ])
    it(`refuses ${words}`, async () => assert.rejects(get(words), { code: 'usage' }))
  it('for one id finds that event', async () => {
    const path = `/v1/events/${store.last()}`
    const found = await askManager(one.manager.socket, { path, answer: FoundEvent })
    assert.equal(found.event.text, 'f')
  })
})

interface Told {
  readonly id?: string
  readonly event: string
  readonly data: string
}
/** Follows until so many events came. */
const follow = (words: string, count: number, begun: () => void, lastId?: string): Promise<Told[]> =>
  new Promise((resolve, reject) => {
    const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
    const path = `/v1/events/follow?${words}`
    const call = request({ socketPath: one.manager.socket, path, headers }, (response) => {
      let text = ''
      response.on('data', (part: Buffer) => {
        text += part.toString()
        if (text === ': connected\n\n') begun()
        const told = text
          .split('\n\n')
          .slice(0, -1)
          .flatMap((block): Told[] => {
            const line = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
            const [id, event] = [line('id'), line('event')]
            return event === undefined ? [] : [{ ...(id !== undefined && { id }), event, data: line('data') ?? '' }]
          })
        if (told.filter(({ event }) => event === 'seen').length < count) return
        call.destroy()
        resolve(told)
      })
    })
    call.on('error', reject)
    call.end()
  })
const said = (told: readonly Told[]): string[] =>
  told.flatMap(({ event, data }) => (event === 'event' ? [FoundEvent.parse(JSON.parse(data)).event.text] : []))

describe('following', () => {
  let seen = ''
  it('tells an event as it is stored, within the filter', async () => {
    const told = await follow(
      'kind=denial',
      2,
      () => void put({ kind: 'scan', text: 'other' }).then(() => put({ kind: 'denial', text: 'mine' })),
    )
    assert.deepEqual(said(told), ['mine'])
    seen = told.findLast(({ id }) => id !== undefined)!.id!
  })
  it('resumes after the last one that was seen', async () => {
    await put({ kind: 'denial', text: 'missed' })
    assert.deepEqual(said(await follow('', 1, () => undefined, seen)), ['missed'])
  })
  it('says what it cannot tell any more', async () => {
    await manager.db.deleteFrom('event_feed').where('number', '<=', Number(seen)).execute()
    const told = await follow('', 1, () => undefined, '0')
    assert.deepEqual(
      told.filter(({ event }) => event === 'skipped').map(({ data }) => JSON.parse(data)),
      [{ from: 1, to: Number(seen) }],
    )
  })
  it('tells all of a big transaction', async () => {
    const many = Array.from({ length: 1000 }, (_, at) => ({ kind: 'denial', text: `n${at}` }))
    const told = await follow('', 1, () => void ingest(manager, north, store.batch(...many)))
    assert.deepEqual(
      said(told),
      many.map(({ text }) => text),
    )
  })
  it('ends with the session, also for a reader that is in the middle of much', async () => {
    await askManager(one.manager.socket, {
      method: 'POST',
      path: '/v1/users',
      body: { name: 'bob', role: 'operator', password },
      answer: User,
    })
    const cookie = await one.logIn('bob')
    const { number } = await manager.db.selectFrom('event_head').select('number').executeTakeFirstOrThrow()
    const big = 'x'.repeat(400)
    const many = (): Said[] => Array.from({ length: 1000 }, () => ({ kind: 'denial', text: big }))
    for (let n = 0; n < 5; n++) await ingest(manager, north, store.batch(...many()))
    const asked = {
      socketPath: one.manager.socket,
      path: '/v1/events/follow',
      headers: { cookie, 'last-event-id': String(number) },
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      request(asked, resolve).on('error', reject).end(),
    )
    // Nothing is read: what fits into the buffers of both ends is on its way, the rest waits.
    await sleep(1500)
    await manager.db.deleteFrom('sessions').execute()
    let heard = 0
    for await (const part of response) heard += String(part).split('event: event').length - 1
    assert.ok(heard > 0 && heard < 2500, `${heard} of 5000 events were told`)
  })
  it('is for those who are logged in', async () =>
    assert.equal((await one.send({ path: '/v1/events/follow' })).status, 401))
})

describe('a judgement', () => {
  const judge = (id: string, body: unknown) =>
    askManager(one.manager.socket, { method: 'POST', path: `/v1/events/${id}/judgement`, body, answer: Judgement })
  let id = ''
  it('is kept with the event, and the audit has it', async () => {
    await put({ kind: 'denial', text: 'wrong', conduit: 'c1', count: 5 })
    id = store.last()
    const made = await judge(id, { verdict: 'false-positive', reason: 'The backup runs on Sundays.' })
    assert.deepEqual([made.conduit, made.count], ['c1', 5])
    const [found] = (await get('text=wrong')).events
    assert.equal(found?.verdict, 'false-positive')
    const rows = await manager.db.selectFrom('audit').select('object').where('action', '=', 'judge').execute()
    assert.deepEqual(rows, [{ object: `event ${id}` }])
  })
  it('may change', async () => {
    await judge(id, { verdict: 'confirmed', reason: 'It does not.' })
    assert.equal((await judge(id, { verdict: 'false-positive', reason: 'It does.' })).verdict, 'false-positive')
  })
  it('needs an event', async () =>
    assert.rejects(judge('01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', { verdict: 'confirmed', reason: 'None.' }), {
      code: 'not-found',
    }))
  it('needs a reason', async () => assert.rejects(judge(id, { verdict: 'confirmed', reason: '' }), { code: 'usage' }))
  it('leaves the audit whole', async () => assert.deepEqual((await verifyAudit(one.state)).findings, []))
})
