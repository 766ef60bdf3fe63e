/** What others fetch: the list for firewalls and the figures for Prometheus; with curl, over the real API. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { exported } from '#manager/exchange/export.ts'
import { registerExchange } from '#manager/exchange/registry.ts'
import { eventsStored } from '#manager/exchange/stored.ts'
import { collect } from '#manager/exchange/metrics/collect.ts'
import { exposition } from '#manager/exchange/metrics/text.ts'
import { publishIndicators } from '#manager/exchange/taxii/publish.ts'
import { beside, type Beside, event, order } from './exchange/beside.ts'
import { type Curl, curlAt } from './exchange/curl.ts'
import { type Started, startSetUp, verifyAudit } from './manager/start.ts'

let one: Started
let two: Beside
let curl: Curl
let cookie = ''
const clock = Date.now()
before(async () => {
  one = await startSetUp()
  two = await beside(one, () => clock)
  cookie = await one.logIn('ann')
  curl = await curlAt(one, cookie)
})
after(async () => {
  await two.end()
  await one.end()
})

const api = (method: string, path: string, body?: unknown) =>
  one.send({ method, path, cookie, ...(body !== undefined && { body }) })

describe('the list for firewalls', () => {
  before(async () => {
    for (const ip of [
      '203.0.113.7',
      '2001:db8::7',
      '198.51.100.9',
      '10.1.2.3',
      '192.168.0.4',
      'fd00::1',
      '100.64.1.1',
      '203.0.113.8',
    ])
      await two.publish(order(ip))
    await two.publish(order('203.0.113.200', { expires: clock - 1000 }))
    await two.publish(order('203.0.113.8', { action: 'release' }))
    const risk = { type: 'risk', scope: { level: 'fleet' }, by: 'manager', reason: 'Evidence.', at: clock } as const
    await two.publish({ ...risk, id: 'risk a', ip: '203.0.113.50', score: 90, expires: clock + 1e6 })
    await two.publish({ ...risk, id: 'risk b', ip: '203.0.113.51', score: 60, expires: clock + 1e6 })
    assert.equal(
      (await api('POST', '/v1/exchange/allowed', { network: '198.51.100.0/24', reason: 'Our provider.' })).status,
      201,
    )
  })

  it('has what is contained, without private addresses, what ended and what was allowed', async () => {
    const { status, headers, body } = await curl('/v1/exchange/edl')
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/plain; charset=utf-8'])
    assert.equal(body, '2001:db8::7/128\n203.0.113.7/32\n')
  })
  it('is not sent again to who has it', async () => {
    const tag = (await curl('/v1/exchange/edl')).headers.get('etag') ?? ''
    const again = await curl('/v1/exchange/edl', '-H', `If-None-Match: W/"x", ${tag}`)
    assert.deepEqual([again.status, again.body, again.headers.get('etag')], [304, '', tag])
    assert.equal((await curl('/v1/exchange/edl', '-H', 'If-None-Match: "other"')).status, 200)
  })
  it('has whose risk is at or over a threshold', async () => {
    assert.equal((await curl('/v1/exchange/edl?list=risk&over=60')).body, '203.0.113.50/32\n203.0.113.51/32\n')
    assert.equal((await curl('/v1/exchange/edl?list=risk')).body, '203.0.113.50/32\n')
  })
  it('has at most as many as were asked for', async () => {
    assert.equal((await curl('/v1/exchange/edl?limit=1')).body.split('\n').length, 2)
  })
  it('never has an asset or a network of ours', async () => {
    const ips = async () =>
      (await exported(two.manager, two.readers, { list: 'contained', over: 0 })).map(({ ip }) => ip)
    assert.deepEqual(await ips(), ['203.0.113.7', '2001:db8::7'])
    two.own.push('203.0.113.0/28', '2001:db8::7')
    assert.deepEqual(await ips(), [])
    two.own.length = 0
  })
  it('is for nobody without a token', async () => {
    for (const wrong of ['any:bhk_wrong', 'ann:correct horse battery'])
      assert.equal((await curl('/v1/exchange/edl', '-u', wrong)).status, 401)
  })
  it('does not take a password from a page of another site', async () => {
    assert.equal((await curl('/v1/exchange/receivers', '-X', 'POST', '-H', 'Origin: https://evil.example')).status, 403)
  })
})

describe('the figures', () => {
  it('are in the format of Prometheus, and have what was counted', async () => {
    const { status, headers, body } = await curl('/metrics')
    assert.deepEqual([status, headers.get('content-type')], [200, 'text/plain; version=0.0.4; charset=utf-8'])
    for (const line of body.trimEnd().split('\n'))
      assert.match(line, /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{([a-z_]+="[^"]*",?)+\})? (\d[\d.e+-]*|\+Inf))$/)
    assert.match(body, /^bulkhead_objects_in_force\{stream="orders"\} \d+$/m)
    assert.match(body, /^bulkhead_order_seconds_bucket\{le="0.1"\} 0$/m)
  })
  it('are the ones of docs/exchange.md', async () => {
    const { body } = await curl('/metrics')
    const [, figures = ''] = readFileSync(new URL('../../docs/exchange.md', import.meta.url), 'utf8').split(
      '\n## Figures\n',
    )
    const told = figures
      .split('\n')
      .flatMap((row) => /^\| (`.*?) \|/.exec(row)?.[1]?.replaceAll('`', '').split(', ') ?? [])
    const made = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name = '']) => name)
    assert.deepEqual(told.toSorted(), made.toSorted())
  })
  it('count events by kind and site, and orders by the time until they were enforced', async () => {
    let woken = 0
    const forget = registerExchange(two.manager, { readers: two.readers, ownPorts: [], wake: () => void woken++ })
    eventsStored(two.manager, [event({ kind: 'scan' })])
    forget()
    assert.equal(woken, 1)
    const { db } = two.manager
    await db.insertInto('sites').values({ name: 'riverside', created: new Date() }).execute()
    const { id } = await db
      .insertInto('edges')
      .values({ site: 'riverside', name: 'cell-1', created: new Date(), manager: 'm', seen: new Date(clock) })
      .returning('id')
      .executeTakeFirstOrThrow()
    const at = Date.now() + 10_000
    await two.publish(order('203.0.113.77', { at }))
    const { revision } = await db
      .selectFrom('state_objects')
      .select('revision')
      .where('id', '=', 'contain 203.0.113.77')
      .executeTakeFirstOrThrow()
    const report = { edge_id: id, stream: 'orders', id: 'contain 203.0.113.77', revision, outcome: 'enforced' } as const
    await db
      .insertInto('state_reports')
      .values({ ...report, at: new Date(at + 40), received: new Date(at + 50) })
      .execute()
    for (let again = 0; again < 2; again++) {
      const text = exposition(await collect(two.manager, two.readers))
      assert.match(text, /^bulkhead_events_total\{kind="scan",site="riverside"\} 1$/m)
      assert.match(text, /^bulkhead_order_seconds_bucket\{le="0.025"\} 0$/m)
      assert.match(text, /^bulkhead_order_seconds_bucket\{le="0.05"\} 1$/m)
      assert.match(text, /^bulkhead_order_seconds_count 1$/m)
      assert.match(text, /^bulkhead_edges_connected 1$/m)
    }
  })
  it('count an edge as connected as long as it is heard, whatever a manager that died left behind', async () => {
    const { db, now } = two.manager
    await db.insertInto('sites').values({ name: 'dairy', created: new Date() }).execute()
    const row = { site: 'dairy', created: new Date(), enrolled: new Date(), manager: 'm', connected: new Date() }
    await db
      .insertInto('edges')
      .values([
        { ...row, name: 'heard', seen: new Date(now() - 30_000) },
        { ...row, name: 'silent', seen: new Date(now() - 180_000) },
      ])
      .execute()
    const text = exposition(await collect(two.manager, two.readers))
    assert.match(text, /^bulkhead_edges_enrolled 2$/m)
    assert.match(text, /^bulkhead_edges_connected 2$/m)
  })
})

describe('a reason with what no database has', () => {
  it('stops neither the figures nor what TAXII tells', async () => {
    await two.publish(order('203.0.113.78', { at: Date.now() + 20_000, reason: 'It said \0 and \uD83C.' }))
    const { db } = two.manager
    const { revision } = await db
      .selectFrom('state_objects')
      .select('revision')
      .where('id', '=', 'contain 203.0.113.78')
      .executeTakeFirstOrThrow()
    const edge = await db.selectFrom('edges').select('id').executeTakeFirstOrThrow()
    const far = new Date(Date.now() + 60_000)
    await db
      .insertInto('state_reports')
      .values({
        edge_id: edge.id,
        stream: 'orders',
        id: 'contain 203.0.113.78',
        revision,
        outcome: 'enforced',
        at: far,
        received: far,
      })
      .execute()
    assert.match(exposition(await collect(two.manager, two.readers)), /^bulkhead_order_seconds_count 2$/m)
    await publishIndicators(two.manager, two.readers)
    const { rows } = await sql<{ said: string }>`SELECT object->>'description' AS said FROM exchange_objects
      WHERE object->>'name' = 'Contained: 203.0.113.78'`.execute(db)
    assert.deepEqual(rows, [{ said: 'It said \uFFFD and \uFFFD.' }])
  })
  for (const [what, reason] of [
    ['NUL', 'a\0b'],
    ['half a character', 'a\uD83Cb'],
  ])
    it(`with ${what} is refused where a person says it`, async () => {
      const { status, body } = await api('POST', '/v1/exchange/allowed', { network: '192.0.2.0/24', reason })
      assert.equal(status, 400)
      assert.match(JSON.stringify(body), /reason: it has a NUL or half a character in it/)
    })
  it('is refused in a path and in a query', async () => {
    for (const path of ['objects/a%00b/', 'objects/?match[id]=a%00b'])
      assert.equal((await curl(`/taxii2/api/collections/contained/${path}`)).status, 400)
  })
})

describe('the API of receivers', () => {
  const target = { kind: 'webhook', url: 'https://hook.example/x', key: 'very secret', authorization: 'Bearer hidden' }
  it('shows that there are secrets, and never which', async () => {
    const made = await api('POST', '/v1/exchange/receivers', { name: 'hook', target, enabled: false })
    assert.equal(made.status, 201)
    const listed = await api('GET', '/v1/exchange/receivers')
    for (const { body } of [made, listed]) assert.ok(!/very secret|hidden/.test(JSON.stringify(body)))
    assert.match(JSON.stringify(listed.body), /"secrets":\["key","authorization"\]/)
    assert.ok(!/very secret|hidden/.test(one.log.join('')))
  })
  it('has each name once, and removes it', async () => {
    assert.equal((await api('POST', '/v1/exchange/receivers', { name: 'hook', target })).status, 409)
    assert.equal((await api('DELETE', '/v1/exchange/receivers/hook')).status, 200)
    assert.equal((await api('DELETE', '/v1/exchange/receivers/hook')).status, 404)
  })
  for (const [name, wrong] of [
    ['plain HTTP', { kind: 'webhook', url: 'http://hook.example/' }],
    ['a password in the address', { kind: 'webhook', url: 'https://a:b@hook.example/' }],
    ['a line end in a header', { kind: 'webhook', url: 'https://hook.example/', authorization: 'a\r\nb' }],
    [
      'a line end in a mail address',
      { kind: 'smtp', host: 'mail.example', from: 'a@b.example\r\nBcc: x', to: ['a@b.example'] },
    ],
    ['a template that is no JSON', { kind: 'sms', url: 'https://sms.example/', to: ['+49301'], template: '{' }],
    ['the manager itself', { kind: 'syslog', host: '127.0.0.1', port: 0 }],
  ] as const)
    it(`refuses ${name}`, async () => {
      const body = { name: 'hook', target: wrong }
      assert.equal((await api('POST', '/v1/exchange/receivers', body)).status, 400)
    })
  it('left an audit that holds', async () => assert.equal((await verifyAudit(one.state)).ok, true))
})
