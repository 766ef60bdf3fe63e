/** The TAXII server as a client meets it: with curl, over the real API. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as z from 'zod'
import { readers } from '#manager/exchange/readers.ts'
import { publishIndicators } from '#manager/exchange/taxii/publish.ts'
import { beside, type Beside, event, order } from './exchange/beside.ts'
import { type Curl, curlAt } from './exchange/curl.ts'
import { type Started, startSetUp } from './manager/start.ts'

let one: Started
let two: Beside
let curl: Curl
let cookie = ''
let clock = Date.now()
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
    for (const ip of ['203.0.113.7', '2001:db8::7']) await two.publish(order(ip))
    // The manager of the API publishes by itself, too: it knows the same events.
    readers.eventWith = (manager, id, near) => two.readers.eventWith(manager, id, near)
    const seen = event({ kind: 'decoy-login', technique: 'T0859', count: 3, source: { ip: '203.0.113.9' } })
    await two.store(seen)
    const cause = { site: 'riverside', edge: 'cell-1', event: seen.id, detected: clock - 50 }
    await two.publish(order('203.0.113.9', { cause }))
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
  for (const [what, status, code, path, ...more] of [
    ['a wrong password', 401, 'unauthenticated', '/taxii2/', '-u', 'a:b'],
    ['a path that it does not have', 404, 'not-found', '/taxii2/api/status/2d086da7-4bdc-4f91-900e-d77486753710/'],
    ['a query that means nothing', 400, 'usage', '/taxii2/api/collections/contained/objects/?limit=many'],
  ] as const)
    it(`refuses ${what} as TAXII has it`, async () => {
      const { body, ...reply } = await curl(path, ...accept, ...more)
      assert.deepEqual([reply.status, reply.headers.get('content-type')], [status, accept[1].slice(8)])
      const problem = z.strictObject({
        title: z.string().min(1),
        description: z.string(),
        error_code: z.literal(code),
        http_status: z.literal(String(status)),
      })
      problem.parse(JSON.parse(body))
    })

  it('has an indicator for each address, and for the one with a known cause a sighting and what it points at', async () => {
    const { objects } = await envelope('objects/?limit=1000')
    const patterns = objects.filter(({ type }) => type === 'indicator').map((object) => object['pattern'])
    assert.deepEqual(
      new Set(patterns),
      new Set([
        "[ipv4-addr:value = '203.0.113.7']",
        "[ipv4-addr:value = '203.0.113.9']",
        "[ipv6-addr:value = '2001:db8::7']",
      ]),
    )
    const indicator = objects.find((object) => String(object['pattern']).includes('113.9'))
    const seen = objects.find((object) => object['sighting_of_ref'] === indicator?.id)
    assert.deepEqual([seen?.type, seen?.['count']], ['sighting', 3])
    const points = objects.find((object) => object['source_ref'] === indicator?.id)
    const technique = objects.find(({ id }) => id === points?.['target_ref'])
    assert.deepEqual([points?.['relationship_type'], technique?.type], ['indicates', 'attack-pattern'])
    assert.match(JSON.stringify(technique), /"external_id":"T0859"/)
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
  it('forgets what ended long ago, also while nothing new comes', async () => {
    await publishIndicators(two.manager, two.readers)
    const long = new Date(clock - 40 * 86_400_000)
    const object = JSON.stringify({ type: 'indicator', id: 'indicator--old', valid_until: long.toISOString() })
    await two.manager.db
      .insertInto('exchange_objects')
      .values({ id: 'indicator--old', version: long, type: 'indicator', added: long, object })
      .execute()
    assert.equal(await publishIndicators(two.manager, two.readers), 0)
    const left = await two.manager.db
      .selectFrom('exchange_objects')
      .select('id')
      .where('id', '=', 'indicator--old')
      .execute()
    assert.deepEqual(left, [])
  })
})
