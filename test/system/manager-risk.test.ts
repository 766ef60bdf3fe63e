/** Risk from events to what edges are told, over a real database. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { localBus } from '#manager/bus/local.ts'
import { askManager } from '#manager/client.ts'
import type { Manager } from '#manager/context.ts'
import type { IngestedEvent } from '#manager/events/reaction.ts'
import { objectSigner } from '#manager/fleet/signer.ts'
import { openState, type Opened } from '#manager/open.ts'
import { policiesInForce, type PolicyReader } from '#manager/policies/in-force.ts'
import type { Containment } from '#manager/orders/propose.ts'
import type { RiskPorts } from '#manager/risk/ports.ts'
import { riskReactionWith } from '#manager/risk/reaction.ts'
import { round, startRisk } from '#manager/risk/start.ts'
import { forget } from '#manager/risk/rows.ts'
import { assessed } from '#manager/risk/situation.ts'
import { nextId } from '#core/id.ts'
import { Event, type EventDraft, timestamp } from '#schema/event.ts'
import { RiskObject } from '#schema/link-objects.ts'
import { Done } from '#schema/manager-api.ts'
import { RiskDetails, RiskSources, RiskThreshold, RiskThresholds, RiskVeto, RiskVetoes } from '#schema/manager-risk.ts'
import { startSetUp, verifyAudit, type Started } from './manager/start.ts'
import { until } from './until.ts'

const hour = 3_600_000
let one: Started
let opened: Opened
let manager: Manager
let clock = Date.now()
const ending = new AbortController()
const proposed: Containment[] = []
let lists: Record<string, readonly { list: string; role: 'threat' | 'veto' }[]> = {}
const ports: RiskPorts = {
  propose: async (_, containment) => void proposed.push(containment),
  listsMatching: async (_, ips) => new Map(ips.map((ip) => [ip, lists[ip] ?? []])),
}
const reaction = riskReactionWith(ports)

let last: string | undefined
const happened = (site: string, ip: string, draft: EventDraft): IngestedEvent => {
  last = nextId(last, clock, new Uint8Array(10))
  const time = timestamp(clock)
  const event = Event.parse({
    id: last,
    time,
    class: 'P1',
    site,
    edge: 'edge-1',
    zone: 'cell',
    count: 1,
    first: time,
    last: time,
    text: `${ip} did ${draft.kind}.`,
    source: { ip },
    ...draft,
  })
  return { edge: { id: 1, site, edge: 'edge-1' }, id: 1, received: clock, event }
}
const scan = (site: string, ip: string) => happened(site, ip, { kind: 'scan' })
const login = (site: string, ip: string) =>
  happened(site, ip, { kind: 'decoy-login', details: { class: 'compromised-credential' } })
const decoy = (site: string, ip: string) => happened(site, ip, { kind: 'decoy-contact', details: { handshake: true } })

/** What edges of a site were told, oldest first. */
const told = async (ip: string): Promise<RiskObject[]> => {
  const rows = await manager.db
    .selectFrom('state_objects')
    .select('body')
    .where('stream', '=', 'risk')
    .orderBy('revision')
    .execute()
  return rows.map(({ body }) => RiskObject.parse(JSON.parse(body))).filter((object) => object.ip === ip)
}
const scoreAt = async (site: string, ip: string) =>
  (
    await manager.db
      .selectFrom('risk_sources')
      .select('score')
      .where('site', '=', site)
      .where('ip', '=', ip)
      .executeTakeFirst()
  )?.score
const ask = <T>(path: string, answer: Parameters<typeof askManager<T>>[1]['answer'], more = {}) =>
  askManager(one.manager.socket, { path, answer, ...more })

const policy = (conduits: string) => `version: 1
site: asking
edges: { e: { bridge: br0, ports: { a: { zones: [office] }, b: { zones: [cell] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24] }
  cell: { level: 1, networks: [198.18.1.0/24] }
conduits:
${conduits}`
const policies = new Map<string, string>()
const reader: PolicyReader = {
  newest: async () => new Map(policies.size === 0 ? [] : [['asking', policies.size]]),
  text: async (site, revision) => policies.get(`${site} ${revision}`),
}
const publish = async (site: string, revision: number, text: string) => void policies.set(`${site} ${revision}`, text)
const tick = () => round(manager, ports, reader)

before(async () => {
  one = await startSetUp()
  opened = await openState({ state: one.state, join: true, now: () => clock })
  const { db, trail, keys } = opened
  manager = {
    db,
    trail,
    keys,
    signer: objectSigner(one.state),
    bus: localBus((error) => {
      throw error
    }),
    id: 'test',
    domain: 'bulkhead',
    state: one.state,
    now: () => clock,
    version: '0.0.0',
    started: clock,
    database: 'private',
    setup: undefined,
    ending: ending.signal,
  }
  for (const name of ['asking', 'silent', 'other', 'acting'])
    await db
      .insertInto('sites')
      .values({ name, created: new Date(clock) })
      .execute()
})
after(async () => {
  ending.abort()
  await opened.close()
  await one.end()
})

describe('evidence', () => {
  it('counts each event once, however often it comes', async () => {
    const events = [scan('silent', '203.0.113.1'), decoy('silent', '203.0.113.1')]
    await reaction.react(manager, events)
    const first = await scoreAt('silent', '203.0.113.1')
    assert.ok(first !== undefined && first > 90, `${first}`)
    await reaction.react(manager, [...events, ...events])
    assert.equal(await scoreAt('silent', '203.0.113.1'), first)
    const { evidence } = (await ask('/v1/risk/evidence?ip=203.0.113.1', RiskDetails)).sites[0]!
    assert.deepEqual(evidence.map(({ family, key, technique }) => `${family} ${key} ${technique}`).toSorted(), [
      `decoy ${events[1]!.event.id} T0846`,
      `scan ${events[0]!.event.id} T0846`,
    ])
    const sum = evidence.reduce((total, { points }) => total + points, 0)
    assert.ok(Math.abs(sum - first) < 0.1, `${sum} of ${first}`)
  })
  it('of an event that had to be taken up again and again leaves room for others', async () => {
    const down = new Error('The lists cannot be read.')
    const failing = riskReactionWith({ ...ports, listsMatching: () => Promise.reject(down) })
    const first = scan('silent', '198.18.1.77')
    for (let time = 0; time < 10; time++) await assert.rejects(failing.react(manager, [first]), down)
    await reaction.react(manager, [first, scan('silent', '198.18.1.77'), scan('silent', '198.18.1.77')])
    const { evidence } = (await ask('/v1/risk/evidence?ip=198.18.1.77', RiskDetails)).sites[0]!
    assert.equal(evidence.length, 3)
  })
  it('is told nobody where no policy asks', async () => assert.deepEqual(await told('203.0.113.1'), []))
  it('of another site counts beside own evidence, for public addresses alone', async () => {
    await reaction.react(manager, [happened('other', '203.0.113.1', { kind: 'off-hours' })])
    const { sites } = await ask('/v1/risk/evidence?ip=203.0.113.1&site=other', RiskDetails)
    assert.deepEqual(
      sites[0]?.evidence.map(({ family, key }) => `${family} ${family === 'reputation' ? key : ''}`).toSorted(),
      ['off-hours ', 'reputation silent'],
    )
    await reaction.react(manager, [login('silent', '10.0.0.1'), happened('other', '10.0.0.1', { kind: 'off-hours' })])
    const own = await ask('/v1/risk/evidence?ip=10.0.0.1&site=other', RiskDetails)
    assert.deepEqual(
      own.sites[0]?.evidence.map(({ family }) => family),
      ['off-hours'],
    )
  })
  it('is not crowded out by much that is worth less, here or at another site', async () => {
    const ip = '198.18.0.9'
    await reaction.react(manager, [login('silent', ip)])
    const first = (await scoreAt('silent', ip)) ?? 0
    assert.ok(first > 90, `${first}`)
    for (const site of ['silent', 'other']) {
      clock += 1000
      const many = Array.from({ length: 1200 }, () => happened(site, ip, { kind: 'denial', port: 502 }))
      await reaction.react(manager, many)
      await reaction.react(manager, [happened('silent', ip, { kind: 'off-hours' })])
      const then = (await scoreAt('silent', ip)) ?? 0
      assert.ok(then >= first - 1, `${then} of ${first} after much at ${site}`)
    }
  })
  it('counts the same in sum as piece by piece, of every age', async () => {
    const ip = '203.0.113.77'
    const kinds = ['off-hours', 'denial', 'scan', 'first-seen', 'denial', 'off-hours'] as const
    for (const [at, kind] of kinds.entries()) {
      clock += (at % 2 === 0 ? 7 : 31) * hour
      const where = at % 3 === 0 ? 'other' : 'silent'
      await reaction.react(manager, [
        happened(where, ip, { kind, port: 502, text: 'a\0b \ud83d' }),
        happened('silent', ip, { kind: 'first-seen' }),
      ])
      for (const site of ['silent', 'other']) {
        const { assessed: whole } = await assessed(manager, ports, { site, ip })
        assert.equal(await scoreAt(site, ip), whole.score, `${site} after ${at}`)
        assert.ok(whole.points.some(({ evidence }) => evidence.key !== evidence.family))
      }
    }
  })
  it('is what lists of threats say too, once a source was seen', async () => {
    lists = { '203.0.113.2': [{ list: 'bad-hosts', role: 'threat' }] }
    await reaction.react(manager, [happened('silent', '203.0.113.2', { kind: 'first-seen' })])
    assert.ok(((await scoreAt('silent', '203.0.113.2')) ?? 0) > 20)
    lists = { '203.0.113.2': [{ list: 'our-scanners', role: 'veto' }] }
    await reaction.react(manager, [scan('silent', '203.0.113.2')])
    assert.equal(await scoreAt('silent', '203.0.113.2'), 0)
  })
})

describe('a policy that asks for a risk', () => {
  const ip = '203.0.113.3'
  it('is told a source when it crosses what is asked for, and not before', async () => {
    await publish(
      'asking',
      1,
      policy('  - { id: c, from: office, to: cell, service: tcp/1, when: { risk-below: 40 } }'),
    )
    await tick()
    assert.deepEqual((await ask('/v1/risk/thresholds', RiskThresholds)).asked, { asking: [40] })
    const heard: string[] = []
    const stop = manager.bus.subscribe('state', ({ stream, scope }) => heard.push(`${stream} ${JSON.stringify(scope)}`))
    await reaction.react(manager, [scan('asking', ip)])
    assert.deepEqual(await told(ip), [])
    await reaction.react(manager, [decoy('asking', ip)])
    stop()
    assert.deepEqual(heard, ['risk {"level":"site","site":"asking"}'])
    const [object] = await told(ip)
    assert.ok(object !== undefined && object.score > 90 && object.expires > clock + 24 * hour)
    assert.deepEqual([object.id, object.scope], [`asking ${ip}`, { level: 'site', site: 'asking' }])
  })
  it('is not told again for every event, nor as it decays', async () => {
    await reaction.react(manager, [scan('asking', ip), decoy('asking', ip)])
    const times = (await told(ip)).length
    assert.ok(times <= 2)
    for (let hours = 0; hours < 24; hours++) {
      clock += hour
      await tick()
    }
    assert.equal((await told(ip)).length, times)
  })
  it('is told the fall, at the moment of the falling, and the end it was told before is not earlier', async () => {
    const { expires } = (await told(ip)).at(-1)!
    clock = expires - 60_000
    await tick()
    assert.notEqual((await told(ip)).at(-1)?.score, 0)
    clock = expires + 1000
    await tick()
    assert.equal((await told(ip)).at(-1)?.score, 0)
    assert.ok(((await scoreAt('asking', ip)) ?? 100) < 40)
  })
  it('that asks for something else is followed', async () => {
    await reaction.react(manager, [decoy('asking', '203.0.113.4')])
    assert.equal((await told('203.0.113.4')).length, 1)
    await publish('asking', 2, policy('  - { id: c, from: office, to: cell, service: tcp/1 }'))
    await tick()
    assert.equal((await told('203.0.113.4')).at(-1)?.score, 0)
    const text = policy('  - { id: c, from: office, to: cell, service: tcp/1, when: { risk-below: 20 } }')
    await publish('asking', 3, text)
    await tick()
    assert.ok(((await told('203.0.113.4')).at(-1)?.score ?? 0) >= 20)
  })
  it('is told no more sources than its edges can be given at once, and then of others', async () => {
    const newcomer = '203.0.113.55'
    await sql`INSERT INTO risk_sources (site, ip, scored, told, told_until)
      SELECT 'asking', 'fd00::' || to_hex(n), now(), 20, now() + interval '9 days' FROM generate_series(1, 19000) AS n`.execute(
      manager.db,
    )
    await reaction.react(manager, [decoy('asking', newcomer)])
    await tick()
    assert.deepEqual(await told(newcomer), [])
    const full = () => manager.db.selectFrom('audit').select('body').where('body', 'like', '%risk.full%').execute()
    assert.equal((await full()).length, 1)
    await tick()
    assert.equal((await full()).length, 1)
    await reaction.react(manager, [scan('asking', '203.0.113.4')])
    assert.ok(((await told('203.0.113.4')).at(-1)?.score ?? 0) > 90, 'who is told of already, is told of on')
    await sql`UPDATE risk_sources SET told = 0 WHERE ip LIKE 'fd00:%'`.execute(manager.db)
    await tick()
    assert.equal((await told(newcomer)).length, 1)
    await sql`DELETE FROM risk_sources WHERE ip LIKE 'fd00:%'`.execute(manager.db)
  })
  it('is followed by the clock as well', async () => {
    await publish('asking', 4, policy('  - { id: c, from: office, to: cell, service: tcp/1 }'))
    const end = new AbortController()
    const running = startRisk({ ...manager, ending: end.signal }, (error) => assert.fail(String(error)), {
      everyMs: 20,
      given: ports,
      policies: reader,
    })
    await until('it is told', async () => (await told('203.0.113.4')).at(-1)?.score === 0)
    end.abort()
    await running
    assert.equal((await told('203.0.113.4')).at(-1)?.score, 0)
  })
})

describe('the newest policies', () => {
  it('are read from the revisions that were published and not stopped', async () => {
    const { db } = manager
    await sql`INSERT INTO sites VALUES ('hills', now())`.execute(db)
    for (const [revision, text] of ['old', 'new', 'harmful'].entries())
      await sql`INSERT INTO policy_revisions (site, revision, text, digest, title, authors, approvals, published_by, at)
        VALUES ('hills', ${revision + 1}, ${text}, '', '', '[]', '[]', 'ann', now())`.execute(db)
    await sql`INSERT INTO policy_rollouts (id, site, revision, state, stage, plan, by, started, changed)
      VALUES ('r', 'hills', 3, 'stopped', 0, '{}', 'ann', now(), now())`.execute(db)
    const policiesOf = policiesInForce({ db })
    assert.deepEqual(await policiesOf.newest('hills'), new Map([['hills', 2]]))
    assert.equal(await policiesOf.text('hills', 2), 'new')
  })
})

describe('a veto', () => {
  it('wins over all evidence while it holds, is heard of by edges, and is on record', async () => {
    await publish(
      'asking',
      5,
      policy('  - { id: c, from: office, to: cell, service: tcp/1, when: { risk-below: 40 } }'),
    )
    await tick()
    const ip = '203.0.113.5'
    await reaction.react(manager, [login('asking', ip)])
    assert.ok((await told(ip))[0]!.score > 80)
    const body = { network: '203.0.113.0/24', site: 'asking', reason: 'our own scanner' }
    const veto = await ask('/v1/risk/vetoes', RiskVeto, { method: 'POST', body })
    assert.equal(veto.by, 'local administrator')
    await tick()
    assert.equal((await told(ip)).at(-1)?.score, 0)
    const { sites } = await ask(`/v1/risk/evidence?ip=${ip}`, RiskDetails)
    assert.deepEqual([sites[0]?.score, sites[0]?.veto], [0, 'our own scanner'])
    assert.deepEqual(
      (await ask('/v1/risk/vetoes', RiskVetoes)).vetoes.map(({ id }) => id),
      [veto.id],
    )
    await ask(`/v1/risk/vetoes/${veto.id}`, Done, { method: 'DELETE' })
    await tick()
    assert.ok((await told(ip)).at(-1)!.score > 80)
    assert.ok((await verifyAudit(one.state)).ok)
  })
  it('of no network, of no site or in the past is refused', async () => {
    for (const body of [
      { network: 'plc', reason: 'a test' },
      { network: '198.18.0.0/16', site: 'nowhere', reason: 'a test' },
      { network: '198.18.0.0/16', until: '2020-01-01T00:00:00Z', reason: 'a test' },
      { network: '198.18.0.0/16' },
    ])
      await assert.rejects(ask('/v1/risk/vetoes', RiskVeto, { method: 'POST', body }))
  })
})

describe('a threshold', () => {
  const set = (score: number, response: string) =>
    ask('/v1/risk/thresholds', RiskThreshold, { method: 'POST', body: { site: 'acting', score, response } })
  it('to contain proposes it once, with the response that would cover it and its evidence', async () => {
    await set(30, 'alert')
    await set(80, 'contain')
    const first = decoy('acting', '203.0.113.6')
    await reaction.react(manager, [first])
    assert.deepEqual(proposed, [])
    const second = scan('acting', '203.0.113.6')
    await reaction.react(manager, [second])
    await reaction.react(manager, [scan('acting', '203.0.113.6')])
    await tick()
    assert.deepEqual(
      proposed.map(({ site, edge, ip, response, key }) => ({ site, edge, ip, response, key })),
      [
        {
          site: 'acting',
          edge: 'edge-1',
          ip: '203.0.113.6',
          response: { event: 'decoy', zone: 'cell' },
          key: `risk acting 80 ${second.event.id}`,
        },
      ],
    )
    const audit = await manager.db
      .selectFrom('audit')
      .select('action')
      .where('object', '=', 'acting 203.0.113.6')
      .execute()
    assert.deepEqual(
      audit.map(({ action }) => action),
      ['risk.alert', 'risk.propose'],
    )
  })
  it('below the lowest risk that decides anything is refused', async () => assert.rejects(set(5, 'alert')))
})

describe('what is old', () => {
  it('is forgotten, and a source of which nothing is left with it', async () => {
    assert.ok((await ask('/v1/risk/sources?min=0', RiskSources)).sources.length > 4)
    clock += 400 * 24 * hour
    await tick()
    await tick()
    await forget(manager.db, clock)
    assert.deepEqual(await manager.db.selectFrom('risk_evidence').select('key').execute(), [])
    assert.deepEqual((await ask('/v1/risk/sources?min=0', RiskSources)).sources, [])
  })
})
