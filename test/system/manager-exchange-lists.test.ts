/** Lists of others come in whole or not at all, age, and never say anything about what is ours. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Fault } from '#core/errors.ts'
import { listsMatching } from '#manager/exchange/lists/matching.ts'
import { refreshDue, refreshNow } from '#manager/exchange/lists/refresh.ts'
import { addSource, removeSource, sourceView } from '#manager/exchange/lists/sources.ts'
import { exported } from '#manager/exchange/export.ts'
import { publishIndicators } from '#manager/exchange/taxii/publish.ts'
import { MadeToken } from '#schema/manager-api.ts'
import { NewSource } from '#schema/manager-exchange.ts'
import { beside, type Beside, order } from './exchange/beside.ts'
import { httpsServer, type Pair, pairIn, type Reply } from './exchange/servers.ts'
import { password, type Started, startSetUp, verifyAudit } from './manager/start.ts'
import { until } from './until.ts'

let one: Started
let two: Beside
let pair: Pair
let clock = Date.now()
let server: Awaited<ReturnType<typeof httpsServer>>
const pages = new Map<string, Reply>()
before(async () => {
  one = await startSetUp({ now: () => clock })
  two = await beside(one, () => clock)
  pair = pairIn(one.state)
  server = await httpsServer(pair, ({ path }) => pages.get(path.split('?')[0]!) ?? { status: 404 })
})
after(async () => {
  await server.end()
  await two.end()
  await one.end()
})

const text = (body: string, headers: Record<string, string> = {}): Reply => ({ status: 200, headers, body })
const options = () => ({ readers: two.readers, ownPorts: [] })
const add = (name: string, more: object) =>
  addSource(
    two.manager,
    'ann',
    NewSource.parse({ name, url: `https://localhost:${server.port}/${name}`, ca: pair.ca, ...more }),
    [],
  )
/** The manager of the API looks at new lists by itself, too: whoever comes second is told so, and has nothing to do. */
const refresh = (name: string): Promise<void> =>
  refreshNow(two.manager, name, options()).catch((error: unknown) => {
    if (!(error instanceof Fault && error.code === 'conflict')) throw error
  })
const matches = async (ip: string) =>
  ((await listsMatching(two.manager, [ip])).get(ip) ?? []).map(
    ({ list, role, network }) => `${list} ${role} ${network}`,
  )
const drop = (name: string) => removeSource(two.manager, 'ann', name)

describe('a plain list', () => {
  it('names addresses and networks; what is private, too wide or no address is left out', async () => {
    pages.set(
      '/plain',
      text('# header\n203.0.113.9\n198.51.100.0/24 ; a remark\n10.0.0.1\n0.0.0.0/0\nnonsense\n2001:db8:1::/48\n'),
    )
    await add('plain', { format: 'plain' })
    await refresh('plain')
    assert.equal((await sourceView(two.manager, 'plain')).entries, 3)
    assert.deepEqual(await matches('203.0.113.9'), ['plain threat 203.0.113.9/32'])
    assert.deepEqual(await matches('198.51.100.77'), ['plain threat 198.51.100.0/24'])
    assert.deepEqual(await matches('2001:db8:1::5'), ['plain threat 2001:db8:1::/48'])
    for (const ip of ['10.0.0.1', '192.0.2.1', 'nonsense', "'; --", '1::2::3']) assert.deepEqual(await matches(ip), [])
  })
  it('is replaced whole by the next one, and asked for only when it changed', async () => {
    pages.set('/plain', text('203.0.113.10\n', { etag: '"a"' }))
    await refresh('plain')
    assert.deepEqual(
      [await matches('203.0.113.9'), await matches('203.0.113.10')],
      [[], ['plain threat 203.0.113.10/32']],
    )
    pages.set('/plain', { status: 304 })
    await refresh('plain')
    assert.equal(server.got.at(-1)?.headers['if-none-match'], '"a"')
    assert.equal((await matches('203.0.113.10')).length, 1)
  })
  it('that suddenly contains our own networks is refused, and what it said before stays', async () => {
    two.own.push('198.51.100.0/24')
    pages.set('/plain', text('203.0.113.11\n198.51.0.0/16\n'))
    await assert.rejects(refresh('plain'), /contains our own networks: 1 of its entries/)
    const { trouble, entries } = await sourceView(two.manager, 'plain')
    assert.match(trouble ?? '', /our own networks/)
    assert.equal(entries, 1)
    assert.deepEqual(
      [await matches('203.0.113.11'), await matches('203.0.113.10')],
      [[], ['plain threat 203.0.113.10/32']],
    )
    two.own.length = 0
  })
  for (const [name, reply, why] of [
    ['answers with an error', { status: 500 }, /answered 500/],
    [
      'sends us elsewhere',
      { status: 302, headers: { location: 'https://169.254.169.254/' } },
      /redirects are not followed/,
    ],
    ['is too long', text('x'.repeat(33 << 20)), /longer than/],
    ['is the page of a log-in', text('<!doctype html>\n<form>\n'), /None of its 2 lines is an address/],
    ['comes compressed', text('203.0.113.11\n', { 'content-encoding': 'gzip' }), /answers compressed \(gzip\)/],
  ] as const)
    it(`that ${name} changes nothing`, async () => {
      pages.set('/plain', reply)
      await assert.rejects(refresh('plain'), why)
      assert.equal((await matches('203.0.113.10')).length, 1)
    })
  it('counts no more once it is stale', async () => {
    clock += 259_300_000
    assert.deepEqual(await matches('203.0.113.10'), [])
    assert.equal((await sourceView(two.manager, 'plain')).isStale, true)
  })
  it('is looked at again when its time has come', async () => {
    pages.set('/plain', text('203.0.113.12\n'))
    await refreshDue(two.manager, options())
    // By this one, or by the manager of the API, which may be about to.
    await until('it was looked at', async () => (await matches('203.0.113.12')).length === 1)
    const asked = server.got.length
    await refreshDue(two.manager, options())
    assert.equal(server.got.length, asked)
    await drop('plain')
    assert.deepEqual(await matches('203.0.113.12'), [])
  })
  it('may be a file in the folder lists, and no other', async () => {
    mkdirSync(join(one.state, 'lists'))
    writeFileSync(join(one.state, 'lists', 'stick.txt'), '203.0.113.13\n')
    await add('file', { url: undefined, file: 'stick.txt', format: 'plain' })
    await refresh('file')
    assert.deepEqual(await matches('203.0.113.13'), ['file threat 203.0.113.13/32'])
    await drop('file')
    for (const file of ['../audit.key', '/etc/passwd', '..'])
      assert.equal(NewSource.safeParse({ name: 'x', format: 'plain', file }).success, false)
  })
  it('of twenty thousand entries is taken and matched in time', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `45.${at >> 16}.${(at >> 8) & 255}.${at & 255}`)
    pages.set('/large', text(lines.join('\n')))
    await add('large', { format: 'plain' })
    await refresh('large')
    assert.equal((await sourceView(two.manager, 'large')).entries, 20_000)
    const begun = performance.now()
    for (let at = 0; at < 70; at++) assert.equal((await matches(`45.0.${at}.7`)).length, 1, String(at))
    const each = (performance.now() - begun) / 70
    assert.ok(each < 50, `${each} ms`)
    await drop('large')
  })
})

describe('a warning list of MISP', () => {
  it('vouches for addresses, and nothing that it vouches for is exported', async () => {
    pages.set(
      '/misp',
      text(
        JSON.stringify({ name: 'Resolvers', type: 'cidr', list: ['203.0.113.53', '203.0.113.64/28', 'example.org'] }),
      ),
    )
    await add('misp', { format: 'misp' })
    await refresh('misp')
    assert.deepEqual(await matches('203.0.113.70'), ['misp veto 203.0.113.64/28'])
    for (const ip of ['203.0.113.53', '203.0.113.54']) await two.publish(order(ip, { expires: clock + 1e6 }))
    const found = await exported(two.manager, two.readers, { list: 'contained', over: 0 })
    assert.deepEqual(
      found.map(({ ip }) => ip),
      ['203.0.113.54'],
    )
    await drop('misp')
  })
  it('is never a list of threats', () => {
    const wanted = { name: 'misp', format: 'misp', role: 'threat', url: 'https://a.example/' }
    assert.equal(NewSource.safeParse(wanted).success, false)
  })
})

const indicator = (id: number, pattern: string, more: object = {}) => ({
  type: 'indicator',
  spec_version: '2.1',
  id: `indicator--00000000-0000-4000-8000-00000000000${id}`,
  created: '2026-11-21T10:00:00.000Z',
  modified: '2026-11-21T10:00:00.000Z',
  pattern,
  pattern_type: 'stix',
  valid_from: '2026-11-21T10:00:00Z',
  ...more,
})

describe('STIX and TAXII', () => {
  it('a bundle names addresses; patterns that say more are left out', async () => {
    const objects = [
      indicator(1, "[ipv4-addr:value = '203.0.113.20' OR ipv4-addr:value = '203.0.113.21']"),
      indicator(2, "[ipv4-addr:value ISSUBSET '198.51.100.0/24']", {
        valid_until: new Date(clock + 60_000).toISOString(),
      }),
      indicator(3, "[ipv4-addr:value = '203.0.113.22' AND network-traffic:dst_port = 80]"),
      indicator(4, "[ipv4-addr:value = '203.0.113.23']", { revoked: true }),
      { type: 'malware', id: 'malware--1' },
    ]
    pages.set('/stix', text(JSON.stringify({ type: 'bundle', id: 'bundle--1', objects })))
    await add('stix', { format: 'stix' })
    await refresh('stix')
    const found = await Promise.all([20, 21, 22, 23].map((last) => matches(`203.0.113.${last}`)))
    assert.deepEqual(
      found.map(({ length }) => length),
      [1, 1, 0, 0],
    )
    assert.equal((await matches('198.51.100.9')).length, 1)
    clock += 61_000
    assert.equal((await matches('198.51.100.9')).length, 0)
    await drop('stix')
  })

  it('a collection is polled page by page, then only for what is new; what is taken back goes', async () => {
    const collection = await httpsServer(pair, ({ path }) => {
      const query = new URL(path, 'https://x').searchParams
      const page = (objects: object[], last: string, next?: string): Reply => ({
        status: 200,
        // As Express sends it.
        headers: {
          'content-type': 'application/taxii+json; charset=utf-8; version=2.1',
          'x-taxii-date-added-last': last,
        },
        body: JSON.stringify({ more: next !== undefined, ...(next && { next }), objects }),
      })
      if (query.get('added_after') !== null)
        return page(
          [
            indicator(1, "[ipv4-addr:value = '203.0.113.30']", { revoked: true }),
            indicator(3, "[ipv4-addr:value = '203.0.113.32']"),
          ],
          'T3',
        )
      if (query.get('next') === 'p2') return page([indicator(2, "[ipv4-addr:value = '203.0.113.31']")], 'T2')
      return page([indicator(1, "[ipv4-addr:value = '203.0.113.30']")], 'T1', 'p2')
    })
    await add('taxii', {
      format: 'taxii',
      url: `https://localhost:${collection.port}/api/collections/x/objects/`,
      authorization: 'Basic abc',
    })
    await refresh('taxii')
    const found = async () =>
      (await Promise.all([30, 31, 32].map((last) => matches(`203.0.113.${last}`)))).map(({ length }) => length)
    assert.deepEqual(await found(), [1, 1, 0])
    assert.deepEqual(
      [collection.got[0]?.headers.authorization, collection.got[0]?.headers.accept],
      ['Basic abc', 'application/taxii+json;version=2.1'],
    )
    await refresh('taxii')
    assert.deepEqual(await found(), [0, 1, 1])
    assert.match(collection.got.at(-1)?.path ?? '', /added_after=T2/)
    await drop('taxii')
    await collection.end()
  })

  it('a collection is bounded as a whole, however it comes, and of one with many changes all are taken', async (t) => {
    const ipOf = (at: number): string => `45.${at >> 16}.${(at >> 8) & 255}.${at & 255}`
    const many = (from: number, count: number, pad = '') =>
      Array.from({ length: count }, (_, at) => ({
        type: 'indicator',
        id: `indicator--${from + at}`,
        pattern: `[ipv4-addr:value = '${ipOf(from + at)}']`,
        pad,
      }))
    let pagesOf: readonly object[][] = []
    const collection = await httpsServer(pair, ({ path }) => {
      const page = Number(new URL(path, 'https://x').searchParams.get('next') ?? 0)
      const more = page + 1 < pagesOf.length
      return {
        status: 200,
        headers: { 'content-type': 'application/taxii+json;version=2.1', 'x-taxii-date-added-last': `T${page}` },
        body: JSON.stringify({ more, ...(more && { next: String(page + 1) }), objects: pagesOf[page] }),
      }
    })
    t.after(() => collection.end())
    const entries = async () => (await sourceView(two.manager, 'much')).entries
    pagesOf = [many(0, 10)]
    await add('much', { format: 'taxii', url: `https://localhost:${collection.port}/objects/` })
    await refresh('much')
    // More than a statement has parameters.
    pagesOf = [many(0, 70_000)]
    await refresh('much')
    assert.equal(await entries(), 70_000)
    pagesOf = [many(70_000, 100_000), many(170_000, 31_000)]
    await assert.rejects(refresh('much'), /more than 200000 entries/)
    assert.equal(await entries(), 70_000)
    pagesOf = Array.from({ length: 5 }, () => many(0, 1, 'x'.repeat(8 << 20)))
    await assert.rejects(refresh('much'), /longer than/)
    await drop('much')
  })

  it('one manager learns from the TAXII server of another', async () => {
    await two.publish(order('203.0.113.40', { expires: clock + 1e6 }))
    await publishIndicators(two.manager, two.readers)
    const cookie = await one.logIn('ann')
    const body = { current: password, name: 'other', scopes: ['exchange:read'] }
    const { secret } = MadeToken.parse((await one.send({ method: 'POST', path: '/v1/me/tokens', cookie, body })).body)
    const url = `https://localhost:${one.manager.port}/taxii2/api/collections/contained/objects/`
    const authorization = `Basic ${Buffer.from(`x:${secret}`).toString('base64')}`
    await add('other', { format: 'taxii', url, ca: one.manager.ca, authorization })
    await refresh('other')
    assert.deepEqual(await matches('203.0.113.40'), ['other threat 203.0.113.40/32'])
    await two.publish(order('203.0.113.40', { action: 'release' }))
    await publishIndicators(two.manager, two.readers)
    await refresh('other')
    assert.deepEqual(await matches('203.0.113.40'), [])
  })
  it('left an audit that holds', async () => assert.equal((await verifyAudit(one.state)).ok, true))
})
