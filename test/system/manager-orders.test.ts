/** Orders that follow from events, those that people give, and what happens to both; with a real PostgreSQL. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Order, OrderDetail, OrdersStatus, Preview, Times } from '#schema/manager-orders.ts'
import { OrderObject } from '#schema/link-objects.ts'
import { Problem } from '#schema/manager-api.ts'
import { stateReported } from '#manager/state/report.ts'
import { proposeContainment } from '#manager/orders/propose.ts'
import type { Reply } from './manager/start.ts'
import { nextEvent, policyOf, scene, type Scene } from './manager-orders/scene.ts'

let one: Scene
before(async () => {
  one = await scene()
  await one.publish('north', 1, policyOf('north', '  hmi: { ips: [198.18.1.20, 10.5.0.20], zone: cell, kind: hmi }'))
  const south = policyOf('south', '  press: { ips: [198.18.1.21], zone: cell, kind: drive }')
  await one.publish('south', 4, south.replace('198.18.2.0/24', '198.18.2.0/24, 198.18.4.0/24'))
})
after(() => one.end())

const is = (reply: Reply, status: number, code?: string): void => {
  const said = code === undefined ? undefined : Problem.parse(reply.body).error.code
  assert.deepEqual([reply.status, said], [status, code], JSON.stringify(reply.body))
}
const orderIn = (reply: Reply, status = 201): Order => {
  is(reply, status)
  return Order.parse(reply.body)
}
let host = 50
/** An address that no other test uses. */
const fresh = (): string => `198.18.3.${host++}`
const contain = (who: string, body: object) =>
  one.as(who, 'POST', '/v1/orders', { level: 'site', site: 'north', for: '1h', reason: 'ticket 4711', ...body })
const about = (ip: string) => one.list(`state=all&ip=${ip}`)
/** Without the token that they use. */
const person = (by = ''): string => by.split(' ')[0]!
const shape = ({ state, scope, automatic }: Order): string =>
  `${automatic ? 'automatic ' : ''}${state} ${scope.level}${scope.level === 'fleet' ? '' : ` ${scope.site}`}`

describe('from an event to an order', () => {
  it('goes down signed, with its cause, to the whole fleet as agreed', async () => {
    const ip = fresh()
    const event = one.event({ source: { ip } })
    await one.react(event)
    const [object, ...more] = one.sent()
    assert.equal(more.length, 0)
    assert.ok(object?.type === 'order')
    const { scope, by, expires, at, cause } = object
    assert.deepEqual(scope, { level: 'fleet' })
    assert.equal(by, 'manager, as agreed by ops, it')
    assert.equal(expires - at, 3600_000)
    assert.deepEqual(cause, {
      site: 'north',
      edge: 'north-1',
      event: event.event.id,
      detected: Date.parse(event.event.first),
    })
    const [order] = await about(ip)
    assert.equal(order?.agreed?.row, 'cell out-of-scope stranger: contain 1h fleet')
  })
  it('happens once, however often the event comes, also to two managers at once', async () => {
    const ip = fresh()
    const event = one.event({ source: { ip } })
    await Promise.all([one.react(event), one.react(event), one.react(event, event)])
    await one.react(event)
    assert.deepEqual((await about(ip)).map(shape), ['automatic ordered fleet'])
    assert.equal(one.sent().length, 1)
  })
  const never: readonly [name: string, given: Parameters<Scene['event']>[0]][] = [
    ['what a person contained at the edge', { by: 'ann' }],
    ['what a manager ordered', { by: 'manager, as agreed by ops, it' }],
    ['what nobody stands behind', { by: undefined }],
    ['a safety system', { source: { ip: '198.18.1.12' } }],
    ['an address of nobody', { source: { ip: '224.0.0.1' } }],
    ['a frame without an address', { source: { mac: '02:00:00:00:00:01' } }],
    ['a scan of a zone that agreed on nothing', { kind: 'scan', class: 'P1', zone: 'office', reason: 'scan' }],
  ]
  for (const [name, given] of never)
    it(`nothing follows from ${name}`, async () => {
      const ip = given.source === undefined ? fresh() : given.source.ip
      const earlier = (await one.list()).length
      await one.react(one.event({ ...(ip === undefined ? {} : { source: { ip } }), ...given }))
      assert.equal((await one.list()).length, earlier)
      assert.deepEqual(one.sent(), [])
    })
  it('an edge whose clock stands in 1970 is heard as well', async () => {
    const ip = fresh()
    const then = '1970-01-01T00:00:09.000Z'
    await one.react(one.event({ source: { ip }, time: then, first: then, last: then }))
    assert.deepEqual((await about(ip)).map(shape), ['automatic ordered fleet'])
    one.sent()
  })
  it('an event whose text no database has is heard as well', async () => {
    const ip = fresh()
    await one.react(one.event({ source: { ip }, text: 'It said \0 and \uD83C.' }))
    const [object] = one.sent()
    assert.deepEqual([object?.type, object?.reason], ['order', 'It said \uFFFD and \uFFFD.'])
    assert.deepEqual((await about(ip)).map(shape), ['automatic ordered fleet'])
  })
  it('a private address stays at its site', async () => {
    await one.react(one.event({ source: { ip: '10.5.7.7' } }))
    assert.deepEqual((await about('10.5.7.7')).map(shape), ['automatic ordered site north'])
    assert.deepEqual(
      one.sent().map(({ scope }) => scope),
      [{ level: 'site', site: 'north' }],
    )
  })
  it('a known asset of another site waits there for a person, with what it would stop', async () => {
    await one.react(one.event({ source: { ip: '198.18.1.21' } }))
    const [site, fleet] = (await about('198.18.1.21')).toSorted((a, b) => shape(a).localeCompare(shape(b)))
    assert.deepEqual([shape(site!), shape(fleet!)], ['automatic ordered site north', 'waiting fleet'])
    assert.deepEqual(fleet?.known, ['south press'])
    const { blast } = OrderDetail.parse((await one.as('viewer', 'GET', `/v1/orders/${fleet?.id}`)).body)
    assert.deepEqual(blast?.sites.map(({ site: name }) => name).toSorted(), ['north', 'south'])
    one.sent()
  })
  it("an address of another site's network stays at its site, until a person says more", async () => {
    await one.react(one.event({ source: { ip: '198.18.4.9' } }))
    assert.deepEqual((await about('198.18.4.9')).map(shape).toSorted(), [
      'automatic ordered site north',
      'waiting fleet',
    ])
    one.sent()
  })
  it('a person is asked where no response covers it, once', async () => {
    const ip = fresh()
    await one.react(one.event({ zone: 'office', source: { ip } }))
    await one.react(one.event({ zone: 'office', source: { ip } }))
    assert.deepEqual((await about(ip)).map(shape), ['waiting site north'])
    assert.deepEqual(one.sent(), [])
  })
  it('a question ends after a day', async () => {
    const ip = fresh()
    await one.react(one.event({ zone: 'office', source: { ip } }))
    one.clock += 24 * 3600_000
    const [order] = await about(ip)
    assert.equal(order?.state, 'expired')
    is(await one.as('approver', 'POST', `/v1/orders/${order?.id}/approve`, { reason: 'yes' }), 409, 'conflict')
    one.clock -= 24 * 3600_000
  })
  it('a scan is an order where its row says so', async () => {
    const ip = fresh()
    await one.react(one.event({ kind: 'scan', class: 'P1', reason: 'scan', by: undefined, source: { ip } }))
    const [order] = await about(ip)
    assert.deepEqual([shape(order!), order?.seconds], ['automatic ordered site north', 600])
    one.sent()
  })
  it('a newer policy counts at once', async () => {
    const ip = fresh()
    await one.publish('south', 5, policyOf('south').replaceAll('contain 1h fleet', 'contain 1h edge'))
    await one.react(one.event({ source: { ip } }, one.edges.south))
    assert.deepEqual(await about(ip), [])
  })
  it('another room may propose, and gets a question or what was agreed', async () => {
    const [asked, agreed] = [fresh(), fresh()]
    const given = { site: 'north', edge: 'north-1', detected: one.clock, text: 'risk 91' }
    await proposeContainment(one.other, { ...given, ip: asked, key: `risk ${asked}` })
    await proposeContainment(one.other, {
      ...given,
      ip: agreed,
      key: `risk ${agreed}`,
      response: { event: 'scan', zone: 'cell' },
    })
    assert.deepEqual([...(await about(asked)), ...(await about(agreed))].map(shape), [
      'waiting site north',
      'automatic ordered site north',
    ])
    one.sent()
  })
})

describe('an order of a person', () => {
  it('is in force at once and lasts as long as it says', async () => {
    const ip = fresh()
    const order = orderIn(await contain('operator', { ip }))
    assert.deepEqual([shape(order), person(order.by), order.revision! > 0], ['ordered site north', 'operator', true])
    one.clock += 3600_000
    assert.equal((await about(ip)).at(0)?.state, 'expired')
    one.clock -= 3600_000
  })
  const refused: readonly [name: string, who: string, body: object, status: number, code: string][] = [
    ['from a viewer', 'viewer', { ip: '198.18.3.1' }, 403, 'forbidden'],
    ['about a safety system', 'admin', { ip: '198.18.1.12', known: true }, 403, 'refused'],
    [
      'about a safety system of any site',
      'admin',
      { ip: '198.18.1.12', level: 'fleet', site: undefined, known: true },
      403,
      'refused',
    ],
    ['about an asset that is not said to be known', 'operator', { ip: '198.18.1.10' }, 403, 'refused'],
    ['for a private address everywhere', 'admin', { ip: '10.5.0.9', level: 'fleet', site: undefined }, 403, 'refused'],
    ['for everybody', 'admin', { ip: '255.255.255.255' }, 400, 'usage'],
    ['for a second', 'admin', { ip: '198.18.3.1', for: '1s' }, 400, 'usage'],
    ['for a year', 'admin', { ip: '198.18.3.1', for: '365d' }, 400, 'usage'],
    ['for a site that is not there', 'admin', { ip: '198.18.3.1', site: 'west' }, 404, 'not-found'],
    ['for an edge that is not there', 'admin', { ip: '198.18.3.1', level: 'edge', edge: 'north-9' }, 404, 'not-found'],
    ['for the fleet and a site', 'admin', { ip: '198.18.3.1', level: 'fleet' }, 400, 'usage'],
    ['without a reason', 'admin', { ip: '198.18.3.1', reason: ' ' }, 400, 'usage'],
  ]
  for (const [name, who, body, status, code] of refused)
    it(`is refused ${name}`, async () => is(await contain(who, body), status, code))
  it('takes an asset that is said to be known, and tells the edges that it was said', async () => {
    const order = orderIn(await contain('operator', { ip: '198.18.1.10', known: true }))
    assert.deepEqual([shape(order), order.known], ['ordered site north', ['north plc-north']])
    const others = [await contain('operator', { ip: fresh(), known: true }), await contain('operator', { ip: fresh() })]
    is(await one.as('operator', 'POST', `/v1/orders/${order.id}/release`, { reason: 'done' }), 200)
    const sent = await one.other.db
      .selectFrom('state_objects')
      .select('body')
      .where('stream', '=', 'orders')
      .where(
        'id',
        'in',
        [order, ...others.map((reply) => orderIn(reply))].map(({ id }) => id),
      )
      .orderBy('revision')
      .execute()
    assert.deepEqual(
      sent.map(({ body }) => OrderObject.parse(JSON.parse(body))).map(({ action, known }) => [action, known]),
      [
        ['contain', true],
        ['contain', true],
        ['contain', undefined],
        ['release', undefined],
      ],
    )
  })
  it('is refused while a longer one holds', async () => {
    const ip = fresh()
    orderIn(await contain('operator', { ip, for: '2h' }))
    is(await contain('operator', { ip }), 409, 'conflict')
    orderIn(await contain('operator', { ip, for: '3h' }))
  })
  it('for a private address of the site needs nobody else', async () =>
    assert.equal(orderIn(await contain('operator', { ip: '10.5.9.9' })).state, 'ordered'))
  it('for a private address of no network of the site waits for somebody else', async () => {
    const asked = orderIn(await contain('approver', { ip: '192.168.1.7' }))
    assert.equal(asked.state, 'waiting')
    const path = `/v1/orders/${asked.id}/approve`
    is(await one.as('approver', 'POST', path, { reason: 'me' }), 403, 'forbidden')
    is(await one.as('operator', 'POST', path, { reason: 'me' }), 403, 'forbidden')
    const order = orderIn(await one.as('admin', 'POST', path, { reason: 'seen there' }), 200)
    assert.deepEqual([order.state, person(order.decided?.by), order.revision! > 0], ['ordered', 'admin', true])
    is(await one.as('admin', 'POST', path, { reason: 'again' }), 409, 'conflict')
  })
  it('is seen before it is given', async () => {
    const body = { ip: '198.18.1.21', level: 'fleet' }
    const reply = await one.as('operator', 'POST', '/v1/orders/preview', body)
    const seen = Preview.parse(reply.body)
    assert.deepEqual([seen.sites, seen.unknown, seen.private], [['north', 'south'], [], false])
    is(await one.as('viewer', 'POST', '/v1/orders/preview', body), 403, 'forbidden')
    const safety = Preview.parse(
      (await one.as('operator', 'POST', '/v1/orders/preview', { ...body, ip: '198.18.1.12' })).body,
    )
    assert.match(safety.refused ?? '', /safety asset/)
  })
  it('that the manager asked for is approved by a person, who says that it is known', async () => {
    const ip = '198.18.1.20'
    await one.react(one.event({ zone: 'office', source: { ip } }))
    const [asked] = await about(ip)
    const path = `/v1/orders/${asked?.id}/approve`
    is(await one.as('approver', 'POST', path, { reason: 'yes' }), 403, 'refused')
    const order = orderIn(await one.as('approver', 'POST', path, { reason: 'yes', known: true }), 200)
    assert.deepEqual([order.state, order.automatic, order.known], ['ordered', false, ['north hmi']])
    const object = await one.other.db
      .selectFrom('state_objects')
      .select('body')
      .where('stream', '=', 'orders')
      .where('id', '=', order.id)
      .executeTakeFirstOrThrow()
    assert.ok(!object.body.includes('"cause"'), 'an edge would take it for an automatic one')
    assert.ok(object.body.includes('"known":true'))
  })
  it('that was refused is not asked again', async () => {
    const ip = fresh()
    await one.react(one.event({ zone: 'office', source: { ip } }))
    const [asked] = await about(ip)
    const refusal = await one.as('approver', 'POST', `/v1/orders/${asked?.id}/refuse`, { reason: 'a tester' })
    assert.equal(orderIn(refusal, 200).state, 'refused')
    await one.react(one.event({ zone: 'office', source: { ip } }))
    assert.deepEqual((await about(ip)).map(shape), ['refused site north'])
  })
})

describe('a release', () => {
  it('goes down under the same id and a later number', async () => {
    const ip = fresh()
    await one.react(one.event({ source: { ip } }))
    const [order] = await about(ip)
    const path = `/v1/orders/${order?.id}/release`
    const released = orderIn(await one.as('operator', 'POST', path, { reason: 'our own scanner' }), 200)
    assert.deepEqual([released.state, person(released.released?.by)], ['released', 'operator'])
    const rows = await one.other.db
      .selectFrom('state_objects')
      .select(['sets', 'superseded', 'body'])
      .where('id', '=', order!.id)
      .orderBy('revision')
      .execute()
    assert.deepEqual(
      rows.map(({ sets, superseded }) => [sets, superseded === null]),
      [
        [true, false],
        [false, true],
      ],
    )
    assert.match(rows[1]?.body ?? '', /"action":"release"/)
    is(await one.as('operator', 'POST', path, { reason: 'again' }), 404, 'not-found')
    one.sent()
  })
  it('is not undone by the same evidence for an hour', async () => {
    const ip = fresh()
    await one.react(one.event({ source: { ip } }))
    is(await one.as('operator', 'POST', '/v1/orders/release', { ip, reason: 'ours' }), 200)
    await one.react(one.event({ source: { ip } }))
    assert.deepEqual((await about(ip)).map(shape), ['waiting fleet', 'automatic released fleet'])
    one.sent()
  })
  it('of one order leaves the others of its address in force, behind it in the stream', async () => {
    const ip = fresh()
    const short = orderIn(await contain('operator', { ip }))
    const long = orderIn(await contain('operator', { ip, for: '2h' }))
    is(await one.as('operator', 'POST', `/v1/orders/${long.id}/release`, { reason: 'too long' }), 200)
    const heads = await one.other.db
      .selectFrom('state_objects')
      .select(['id', 'sets'])
      .where('stream', '=', 'orders')
      .where('superseded', 'is', null)
      .where('id', 'in', [short.id, long.id])
      .orderBy('revision')
      .execute()
    assert.deepEqual(heads, [
      { id: long.id, sets: false },
      { id: short.id, sets: true },
    ])
  })
  it('of an address ends all of them', async () => {
    const ip = fresh()
    orderIn(await contain('operator', { ip }))
    orderIn(await contain('operator', { ip, site: 'south' }))
    is(await one.as('operator', 'POST', '/v1/orders/release', { ip, site: 'south', reason: 'no' }), 200)
    assert.deepEqual((await about(ip)).map(shape), ['released site south', 'ordered site north'])
    is(await one.as('operator', 'POST', '/v1/orders/release', { ip, reason: 'no' }), 200)
    is(await one.as('operator', 'POST', '/v1/orders/release', { ip, reason: 'no' }), 404, 'not-found')
  })
  it('finds what is in force however much came after it about the address', async () => {
    const ip = fresh()
    const old = orderIn(await contain('operator', { ip, for: '30d' }))
    for (let n = 0; n < 51; n++) {
      const { id } = orderIn(await contain('operator', { ip, site: 'south' }))
      is(await one.as('operator', 'POST', `/v1/orders/${id}/release`, { reason: 'no' }), 200)
    }
    is(await contain('operator', { ip }), 409, 'conflict')
    await one.react(one.event({ source: { ip }, zone: 'office' }))
    assert.equal((await one.list(`state=waiting&ip=${ip}`)).length, 0)
    is(await one.as('operator', 'POST', `/v1/orders/release`, { ip, reason: 'ours' }), 200)
    const released = OrderDetail.parse((await one.as('operator', 'GET', `/v1/orders/${old.id}`)).body)
    assert.equal(released.order.state, 'released')
    one.sent()
  })
})

describe('times', () => {
  it('are those of the first report of each edge, and stay after a release', async () => {
    const ip = fresh()
    await one.react(one.event({ source: { ip } }))
    const [order] = await about(ip)
    const { id, revision, cause } = order!
    const detected = Date.parse(cause!.detected)
    const report = { type: 'state-report', stream: 'orders', id, outcome: 'enforced' } as const
    await stateReported(one.other, one.edges.south, {
      ...report,
      revision: revision!,
      at: detected + 45,
      kernelMs: 1.5,
    })
    is(await one.as('operator', 'POST', `/v1/orders/${id}/release`, { reason: 'done' }), 200)
    await stateReported(one.other, one.edges.south, { ...report, revision: revision! + 1, at: detected + 9000 })
    const { edges } = OrderDetail.parse((await one.as('viewer', 'GET', `/v1/orders/${id}`)).body)
    assert.deepEqual(
      edges.map(({ site, fromDetection, kernelMs }) => [site, fromDetection, kernelMs]),
      [['south', 45, 1.5]],
    )
    const { rows } = Times.parse((await one.as('viewer', 'GET', '/v1/orders/times')).body)
    const [row] = rows
    assert.deepEqual(
      [row?.site, row?.agreed, row?.by, row?.orders, row?.enforced.p99, row?.receipt.p50],
      ['south', 'cell out-of-scope stranger: contain 1h fleet', ['ops', 'it'], 1, 45, 20],
    )
    one.sent()
  })
})

describe('the circuit breaker', () => {
  const status = async () => OrdersStatus.parse((await one.as('viewer', 'GET', '/v1/orders/status')).body)
  it('opens once, makes questions of the rest, and only a person closes it', async () => {
    const { lastMinute } = await status()
    const limit = await one.as('approver', 'PATCH', '/v1/orders/breaker', {
      perMinute: lastMinute + 2,
      wide: 100,
      reason: 'test',
    })
    is(limit, 200)
    const ips = Array.from({ length: 5 }, fresh)
    await one.react(...ips.map((ip) => one.event({ source: { ip } })))
    const found = (await Promise.all(ips.map(about))).flat()
    assert.deepEqual(found.map(shape), [...Array(2).fill('automatic ordered fleet'), ...Array(3).fill('waiting fleet')])
    assert.equal(one.sent().length, 2)
    const open = await status()
    assert.deepEqual([open.breaker.open, open.alarms.length], [true, 1])
    const audit = await one.other.db
      .selectFrom('audit')
      .select('action')
      .where('action', '=', 'orders.breaker.open')
      .execute()
    assert.equal(audit.length, 1)
    one.clock += 120_000
    const late = fresh()
    await one.react(one.event({ source: { ip: late } }))
    assert.deepEqual((await about(late)).map(shape), ['waiting fleet'])
    is(await one.as('operator', 'PATCH', '/v1/orders/breaker', { reset: true, reason: 'ok' }), 403, 'forbidden')
    is(await one.as('approver', 'PATCH', '/v1/orders/breaker', { reset: true, reason: 'ok' }), 200)
    assert.equal((await status()).breaker.open, false)
    const next = fresh()
    await one.react(one.event({ source: { ip: next } }))
    assert.deepEqual((await about(next)).map(shape), ['automatic ordered fleet'])
  })
  it('counts what reaches the fleet or stops an asset', async () => {
    is(await one.as('approver', 'PATCH', '/v1/orders/breaker', { perMinute: 1000, wide: 0, reason: 'test' }), 200)
    const [near, far] = [fresh(), fresh()]
    await one.react(one.event({ kind: 'scan', class: 'P1', reason: 'scan', source: { ip: near } }))
    await one.react(one.event({ source: { ip: far } }))
    assert.deepEqual([...(await about(near)), ...(await about(far))].map(shape), [
      'automatic ordered site north',
      'waiting fleet',
    ])
    is(await one.as('approver', 'PATCH', '/v1/orders/breaker', { reset: true, wide: 20, reason: 'ok' }), 200)
  })
})

describe('the queue', () => {
  it('is bounded, and says so', async () => {
    const ip = fresh()
    await one.react(one.event({ zone: 'office', source: { ip } }))
    const like = await one.other.db.selectFrom('orders').selectAll().where('ip', '=', ip).executeTakeFirstOrThrow()
    const more = Array.from({ length: 180 }, (_, n) => {
      const event = nextEvent(one.clock)
      return { ...like, id: event, event, ip: `198.19.0.${n}`, blast: null }
    })
    await one.other.db.insertInto('orders').values(more).execute()
    await one.react(...Array.from({ length: 30 }, () => one.event({ zone: 'office', source: { ip: fresh() } })))
    const waiting = await one.other.db
      .selectFrom('orders')
      .select('id')
      .where('state', '=', 'waiting')
      .where('cause_site', '=', 'north')
      .where('expires', '>', new Date(one.clock))
      .execute()
    assert.equal(waiting.length, 200)
    const { alarms } = OrdersStatus.parse((await one.as('viewer', 'GET', '/v1/orders/status')).body)
    assert.match(alarms.join(), /200 orders wait for north/)
  })
})

it('the audit of all that holds', async () => {
  const report = await one.other.trail.verify()
  assert.deepEqual([report.ok, report.findings], [true, []])
})
