/** What others fetch: the list for firewalls, the TAXII server, the figures for Prometheus; with curl, over the real API. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import * as z from 'zod'
import { exported } from '#manager/exchange/export.ts'
import { exchangeReaction } from '#manager/exchange/reaction.ts'
import { registerExchange } from '#manager/exchange/registry.ts'
import { collect } from '#manager/exchange/metrics/collect.ts'
import { exposition } from '#manager/exchange/metrics/text.ts'
import { publishIndicators } from '#manager/exchange/taxii/publish.ts'
import { MadeToken } from '#schema/manager-api.ts'
import { beside, type Beside, event, order } from './exchange/beside.ts'
import { type Started, startSetUp, verifyAudit } from './manager/start.ts'

let one: Started
let two: Beside
let token = ''
let cookie = ''
let clock = Date.now()
before(async () => {
  one = await startSetUp()
  two = await beside(one, () => clock)
  cookie = await one.logIn('ann')
  const body = { name: 'firewall', scopes: ['exchange:read', 'system:read'] }
  token = MadeToken.parse((await one.send({ method: 'POST', path: '/v1/me/tokens', cookie, body })).body).secret
  writeFileSync(join(one.state, 'trusted.crt'), one.manager.ca ?? '')
})
after(async () => {
  await two.end()
  await one.end()
})

const run = promisify(execFile)
interface Fetched {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}
/** curl knows nothing of us: name and token as Basic, as firewalls and TAXII clients send them. */
const curl = async (path: string, ...more: readonly string[]): Promise<Fetched> => {
  const url = `https://localhost:${one.manager.port}${path}`
  const usual = ['-sg', '-i', '--max-time', '10', '--cacert', join(one.state, 'trusted.crt'), '-u', `any:${token}`]
  const { stdout } = await run('curl', [...usual, ...more, url])
  const [head = '', ...rest] = stdout.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = lines.map(
    (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)] as const,
  )
  return { status: Number(first.split(' ')[1]), headers: new Map(headers), body: rest.join('\r\n\r\n') }
}
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

const Envelope = z.object({
  more: z.boolean().optional(),
  next: z.string().optional(),
  objects: z.array(z.looseObject({ type: z.string().default(''), id: z.string() })).default([]),
})
const accept = ['-H', 'Accept: application/taxii+json;version=2.1'] as const

describe('the TAXII server', () => {
  let base = ''
  const envelope = async (path: string) => {
    const { status, body, headers } = await curl(`${base}${path}`, ...accept)
    assert.equal(status, 200, body)
    assert.equal(headers.get('content-type'), 'application/taxii+json;version=2.1')
    return { ...Envelope.parse(JSON.parse(body)), headers }
  }
  before(async () => {
    const seen = event({ kind: 'decoy-login', technique: 'T0859', count: 3, source: { ip: '203.0.113.9' } })
    await two.store(seen)
    const cause = { site: 'riverside', edge: 'cell-1', event: seen.id, detected: clock - 50 }
    await two.publish(order('203.0.113.9', { cause }))
    // The manager of the API publishes by itself, too, and knows no events: this one is first where it can be.
    await publishIndicators(two.manager, two.readers)
    const { body } = await curl('/taxii2/api/collections/', ...accept)
    const { collections } = z
      .object({
        collections: z.tuple([
          z.looseObject({ id: z.uuidv4(), can_read: z.literal(true), can_write: z.literal(false) }),
        ]),
      })
      .parse(JSON.parse(body))
    base = `/taxii2/api/collections/${collections[0].id}/`
  })

  it('leads from discovery to its root, from there to the collection', async () => {
    const discovery = z.looseObject({ api_roots: z.tuple([z.literal('/taxii2/api/')]) })
    discovery.parse(JSON.parse((await curl('/taxii2/', ...accept)).body))
    const root = JSON.parse((await curl('/taxii2/api/', ...accept)).body) as unknown
    assert.deepEqual(root, {
      title: 'Bulkhead',
      versions: ['application/taxii+json;version=2.1'],
      max_content_length: 1_048_576,
    })
    assert.equal((await curl(base, ...accept)).status, 200)
    assert.equal((await curl('/taxii2/api/collections/contained/', ...accept)).status, 200)
  })
  for (const [header, status] of [
    ['application/taxii+json;version=2.1', 200],
    ['application/taxii+json; version=2.1', 200],
    ['application/taxii+json', 200],
    ['text/html, application/taxii+json;version=2.1;q=0.5', 200],
    ['*/*', 200],
    ['application/taxii+json;version=2.0', 406],
    ['application/json', 406],
    ['text/html', 406],
  ] as const)
    it(`answers ${status} to Accept: ${header}`, async () => {
      const { body, ...reply } = await curl('/taxii2/', '-H', `Accept: ${header}`)
      assert.equal(reply.status, status)
      if (status === 406)
        assert.equal(
          z.object({ http_status: z.string(), title: z.string() }).parse(JSON.parse(body)).http_status,
          '406',
        )
    })
  it('asks for a password as TAXII clients expect', async () => {
    const reply = await curl('/taxii2/', '-u', 'a:b')
    assert.deepEqual([reply.status, reply.headers.get('www-authenticate')], [401, 'Basic realm="bulkhead"'])
  })

  it('has an indicator for each address, and for the one with a known cause a sighting and what it points at', async () => {
    const { objects } = await envelope('objects/?limit=1000')
    const patterns = objects.filter(({ type }) => type === 'indicator').map((object) => object['pattern'])
    assert.deepEqual(patterns.toSorted(), [
      "[ipv4-addr:value = '203.0.113.7']",
      "[ipv4-addr:value = '203.0.113.9']",
      "[ipv6-addr:value = '2001:db8::7']",
    ])
    const indicator = objects.find((object) => String(object['pattern']).includes('113.9'))
    const seen = objects.find((object) => object['sighting_of_ref'] === indicator?.id)
    assert.equal(seen?.['type'], 'sighting')
    assert.equal(new Set(objects.map(({ id }) => id)).size, objects.length)
    assert.ok(objects.every((object) => object['spec_version'] === '2.1'))
  })
  it('gives pages in the order of adding, and nothing twice', async () => {
    const all = (await envelope('objects/?limit=1000')).objects.map(({ id }) => id)
    const paged: string[] = []
    let next: string | undefined
    do {
      const page = await envelope(`objects/?limit=2${next === undefined ? '' : `&next=${next}`}`)
      paged.push(...page.objects.map(({ id }) => id))
      assert.ok(page.objects.length <= 2 && page.more === (page.next !== undefined))
      next = page.next
    } while (next !== undefined)
    assert.deepEqual(paged, all)
    const { headers } = await envelope('objects/?limit=1')
    const rest = await envelope(`objects/?added_after=${headers.get('x-taxii-date-added-last')}`)
    assert.deepEqual(
      rest.objects.map(({ id }) => id),
      all.slice(1),
    )
  })
  it('filters by type, id and version of the specification', async () => {
    const types = async (query: string) =>
      new Set((await envelope(`objects/?${query}`)).objects.map(({ type }) => type))
    assert.deepEqual(await types('match[type]=sighting,identity'), new Set(['identity', 'sighting']))
    assert.deepEqual(await types('match[spec_version]=2.0'), new Set())
    const [first] = (await envelope('objects/?match[type]=indicator')).objects
    assert.deepEqual((await envelope(`objects/?match[id]=${first?.id}`)).objects, [first])
  })
  it('takes an indicator back when its address is released, in a new version of it', async () => {
    clock += 5000
    const [held] = (await envelope('objects/?match[type]=indicator')).objects.filter((object) =>
      String(object['pattern']).includes('113.7'),
    )
    await two.publish(order('203.0.113.7', { action: 'release' }))
    await publishIndicators(two.manager, two.readers)
    const path = `objects/${held?.id}/`
    const [now] = (await envelope(path)).objects
    assert.deepEqual([now?.['revoked'], now?.['created']], [true, held?.['created']])
    const { body } = await curl(`${base}${path}versions/`, ...accept)
    const { versions } = z.object({ versions: z.array(z.iso.datetime()) }).parse(JSON.parse(body))
    assert.deepEqual(versions, [held?.['modified'], now?.['modified']])
    assert.deepEqual((await envelope(`${path}?match[version]=first`)).objects, [held])
    assert.equal((await envelope(`${path}?match[version]=all`)).objects.length, 2)
    const manifest = (await envelope(`manifest/?match[id]=${held?.id}`)).objects
    assert.deepEqual(manifest.length, 1)
  })
  it('gives an address that comes back a new indicator', async () => {
    clock += 5000
    await two.publish(order('203.0.113.7', { at: clock }))
    await publishIndicators(two.manager, two.readers)
    const found = (await envelope('objects/?match[type]=indicator&limit=100')).objects.filter((object) =>
      String(object['pattern']).includes('113.7'),
    )
    assert.deepEqual(
      found.map((object) => object['revoked'] ?? false),
      [true, false],
    )
  })
  it('changes nothing when nothing changed', async () =>
    assert.equal(await publishIndicators(two.manager, two.readers), 0))

  for (const [path, ...more] of [
    ['collections/00000000-0000-4000-8000-000000000000/'],
    ['collections/contained/objects/indicator--00000000-0000-4000-8000-000000000000/'],
  ])
    it(`has no ${path}`, async () => {
      const { status, body } = await curl(`/taxii2/api/${path}`, ...accept, ...more)
      assert.deepEqual(
        [status, z.object({ http_status: z.string() }).parse(JSON.parse(body)).http_status],
        [404, '404'],
      )
    })
  for (const query of ['match[version]=yesterday', 'next=%27', 'added_after=now', 'limit=0'])
    it(`refuses ?${query}`, async () => assert.equal((await curl(`${base}objects/?${query}`, ...accept)).status, 400))
  for (const [type, status] of [
    ['application/taxii+json;version=2.1', 403],
    ['application/taxii+json;version=2.0', 415],
    ['application/json', 415],
  ] as const)
    it(`answers ${status} to objects that are sent as ${type}`, async () => {
      const reply = await one.send({
        method: 'POST',
        path: `${base}objects/`,
        cookie,
        body: {},
        headers: { 'content-type': type, accept: accept[1].slice(8) },
      })
      assert.equal(reply.status, status)
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
  it('count events by kind and site, and orders by the time until they were enforced', async () => {
    const edge = { id: 1, site: 'riverside', edge: 'cell-1' }
    let woken = 0
    const forget = registerExchange(two.manager, { readers: two.readers, ownPorts: [], wake: () => void woken++ })
    await exchangeReaction.react(two.manager, [{ id: 1, received: clock, edge, event: event({ kind: 'scan' }) }])
    forget()
    assert.equal(woken, 1)
    const { db } = two.manager
    await db.insertInto('sites').values({ name: 'riverside', created: new Date() }).execute()
    const { id } = await db
      .insertInto('edges')
      .values({ site: 'riverside', name: 'cell-1', created: new Date(), manager: 'm' })
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
