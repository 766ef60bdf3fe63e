/** A manager, its database and two real edges, killed at random moments while orders and policies go down and events come up. */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { chainStart, follow } from '#manager/events/chain.ts'
import { EventPage, type FoundEvent } from '#schema/manager-events.ts'
import { AuditReport } from '#schema/manager-api.ts'
import { PolicySite } from '#schema/manager-policies.ts'
import { OrderDetail, type Order } from '#schema/manager-orders.ts'
import { eventClasses } from '#schema/event-kinds.ts'
import { canonical, type Json } from '#core/canonical.ts'
import { Centre } from './fabric/centre.ts'
import { chanceOf } from './fabric/chance.ts'
import { Desk } from './fabric/desk.ts'
import { Orderer } from './fabric/people.ts'
import { type Marks, Plant } from './fabric/plant.ts'
import { checkEnforced, checkHistory, problemsOf } from './fabric/published.ts'
import { until } from './until.ts'

const isLong = process.env['BULKHEAD_TEST'] === 'long'
const rounds = isLong ? 100 : 10
const seed = Number(process.env['BULKHEAD_SEED'] ?? randomInt(2 ** 31))
const sites = ['riverside', 'lakeside'] as const
/** ms; an edge whose link ended often waits up to half a minute before it dials */
const patience = 120_000
const chance = chanceOf(seed)

/** Each kind as often as it matters, in an order of chance. */
const victims = [
  'manager',
  'manager',
  'database',
  'database',
  'database',
  'both',
  'edge 0',
  'edge 0',
  'edge 1',
  'edge 1',
] as const
type Victim = (typeof victims)[number]

let centre: Centre
const plants: Plant[] = []
let orderer: Orderer
const desks: Desk[] = []
const wrong: string[] = []
const streaming = new AbortController()
const streams: Promise<void>[] = []

before(async () => {
  centre = await Centre.start()
  for (const site of sites) plants.push(await Plant.start(site, centre))
  orderer = new Orderer(centre, chance, sites)
  await centre.employ('abe', 'approver')
  const approvers = [await centre.logIn('ann'), await centre.logIn('abe')]
  for (const [at, site] of sites.entries()) {
    const asked = approvers.slice(0, at + 1) // one at the first site, two at the second
    const body = { version: 1, approvals: asked.length }
    await centre.ask({ method: 'PATCH', path: `/v1/policies/${site}`, body, answer: PolicySite })
    desks.push(new Desk(centre, chanceOf(seed + at + 1), site, asked, isLong ? 1 : 0.3))
  }
})
after(async () => {
  streaming.abort()
  await Promise.allSettled(streams)
  await Promise.all(plants.map((plant) => plant.close()))
  await centre?.close()
})

/** Does something again and again until the test stops it; what goes wrong is told at the end. */
const again = (everyMs: number, work: () => Promise<void> | void): void => {
  const run = async (): Promise<void> => {
    while (!streaming.signal.aborted) {
      try {
        await work()
      } catch (error) {
        wrong.push(String(error))
      }
      await sleep(everyMs)
    }
  }
  streams.push(run())
}

const watch = (plant: Plant): void => {
  let last: Marks = {}
  again(200, () => {
    const marks = plant.marks()
    for (const [name, mark] of Object.entries(last))
      if ((marks[name] ?? 0) < mark) wrong.push(`${plant.site}: ${name} went back from ${mark} to ${marks[name]}`)
    last = marks
  })
}

const traffic = (plant: Plant): void => {
  let count = 0
  again(150, async () => {
    plant.knock(1 + (count++ % 1000))
    if (count % 3 !== 0 || plant.busy) return
    // It may be killed meanwhile: what it has not answered, it does not owe.
    const ip = `198.51.100.${1 + (count % 250)}`
    const { daemon } = plant.cell
    await daemon.call('contain', { ip, reason: 'seen here', by: 'bob', for: '10m' }).catch(() => undefined)
  })
}

const strike = async (victim: Victim): Promise<void> => {
  switch (victim) {
    case 'manager':
      await centre.kill()
      await sleep(chance.within(0, 300))
      await centre.run()
      return
    case 'database':
      return centre.killDatabase()
    case 'both':
      centre.killDatabase()
      await centre.kill()
      await centre.run()
      return
    case 'edge 0':
    case 'edge 1':
      return plants[victim === 'edge 0' ? 0 : 1]?.restart()
  }
}

const eventsOf = async ({ site }: Plant): Promise<FoundEvent[]> => {
  const found: FoundEvent[] = []
  for (let next = ''; ;) {
    const path = `/v1/events?site=${site}&limit=1000${next === '' ? '' : `&after=${next}`}`
    const page = await centre.ask({ path, answer: EventPage })
    found.push(...page.events)
    if (page.next === undefined) return found
    next = page.next
  }
}

describe(`killed ${rounds} times at random (BULKHEAD_SEED=${seed})`, () => {
  let inForce: Order[] = []

  it(
    'all of it comes back, and every edge enforces what it should',
    { timeout: rounds * 12_000 + 240_000 },
    async () => {
      for (const plant of plants) {
        watch(plant)
        traffic(plant)
      }
      again(200, () => orderer.next())
      for (const desk of desks) again(400, () => desk.next())
      for (let round = 0; round < rounds; round += victims.length)
        for (const victim of chance.shuffled(victims)) {
          // Most is at stake where something is connected; sometimes it strikes again before that.
          const limit = performance.now() + chance.within(0, 2000)
          while (performance.now() < limit && !(await plants[chance.within(0, 1)]?.connected())) await sleep(250)
          await sleep(chance.within(0, 500))
          await strike(victim)
        }
      streaming.abort()
      await Promise.all(streams)
      let left: string[] = []
      await until(
        'everything settles',
        async () => {
          left = (
            await Promise.all(
              plants.map(async (plant, at) => {
                const desk = desks[at]
                assert.ok(desk !== undefined)
                return problemsOf(plant, desk).catch((error: unknown) => [String(error)])
              }),
            )
          ).flat()
          return left.length === 0
        },
        { everyMs: 500, limitMs: patience },
      ).catch((error: unknown) => assert.fail(`${String(error)}: ${left.join('; ')}`))
      assert.deepEqual(wrong, [], 'nothing went back, and nothing failed that may not')
      assert.doesNotMatch(centre.said, /gets everything anew/, 'an edge had to be corrected')
    },
  )

  it('no acknowledged order is lost, and none is there that nobody gave', async () => {
    const all = await orderer.all()
    const byId = new Map(all.map((order) => [order.id, order]))
    assert.equal(byId.size, all.length)
    assert.ok(orderer.contained.size > rounds, `${orderer.contained.size} orders`)
    for (const id of orderer.contained.keys()) {
      const state = byId.get(id)?.state
      if (orderer.released.has(id)) assert.equal(state, 'released', id)
      else if (!orderer.unsureReleases.has(id)) assert.equal(state, 'ordered', id)
    }
    // What waits is a question that stops nobody: above sixty a minute the breaker asks.
    for (const { id, ip, automatic, state } of all)
      assert.ok(
        automatic || state === 'waiting' || orderer.contained.has(id) || orderer.unsureIps.has(ip),
        `${id} for ${ip}`,
      )
    inForce = all.filter(({ state }) => state === 'ordered')
  })

  for (const [at, site] of sites.entries()) {
    it(`the kernel at ${site} holds exactly what is ordered for it, and the manager was told of each`, async () => {
      const plant = plants[at]
      assert.ok(plant !== undefined)
      const held = await plant.held()
      const wanted = inForce.filter(({ scope }) => scope.level === 'fleet' || scope.site === site)
      const ordered = held.filter((ip) => !ip.startsWith('198.51.100.'))
      assert.deepEqual(ordered, wanted.map(({ ip }) => ip).toSorted())
      for (const { id } of wanted) {
        const { edges } = await centre.ask({ path: `/v1/orders/${id}`, answer: OrderDetail })
        assert.ok(
          edges.some((edge) => edge.site === site),
          `nothing says that ${site} enforces ${id}`,
        )
      }
    })

    it(`every event of ${site} is at the manager once, and its chain is whole at both ends`, async () => {
      const plant = plants[at]
      assert.ok(plant !== undefined)
      const own = eventClasses.map((name) => ({ name, ...plant.events(name) }))
      const there = await eventsOf(plant)
      const known = new Set(plant.all().map(({ body }) => body))
      const times = Map.groupBy(there, ({ event }) => event.id)
      assert.deepEqual(
        [...times].filter(([, found]) => found.length > 1).map(([id]) => id),
        [],
        'came twice',
      )
      assert.deepEqual(
        there.filter(({ intact }) => !intact),
        [],
        'do not fit into their chain',
      )
      const bodies = new Set(there.map(({ event }) => canonical(event as Json)))
      for (const { name, events, acknowledged } of own) {
        if (name === 'P0' || name === 'P1') assert.ok(acknowledged > 0, `no event of ${name} was acknowledged`)
        assert.deepEqual(
          events.slice(0, acknowledged).filter(({ body }) => !bodies.has(body)),
          [],
          `${name} lost`,
        )
      }
      assert.deepEqual(
        [...bodies].filter((body) => !known.has(body)),
        [],
        'nobody told',
      )
      const chain = follow(chainStart, plant.events('P0').events)
      assert.equal(chain.flaw, undefined)
    })
  }

  for (const [at, site] of sites.entries())
    it(`every policy that was published for ${site} is in its history once, and the newest is enforced`, async (t) => {
      const [plant, desk] = [plants[at], desks[at]]
      assert.ok(plant !== undefined && desk !== undefined)
      const published = desk.told.filter(({ back }) => !back)
      assert.ok(published.length >= rounds / 20, `${published.length} policies were published`)
      const settled = await checkHistory(desk)
      if (settled !== undefined) await checkEnforced(plant, desk, settled)
      const ends = Map.groupBy(await desk.history(), ({ rollout }) => [rollout?.state, rollout?.why].join(' '))
      t.diagnostic(
        `${published.length} published; ${[...ends].map(([state, all]) => `${all.length} ${state}`).join(', ')}`,
      )
      // And the next one goes its way: one site shows it as well as two.
      if (!isLong && at > 0) return
      desk.isCalm = true
      const former = (await desk.where()).revision
      await until(
        'another one is rolled out',
        async () => {
          await desk.next()
          const { revision: now, rollout } = await desk.where()
          return now > former && rollout === null
        },
        { everyMs: 250 },
      )
      const { revision } = await desk.where()
      await until(
        'the edge says so',
        async () => {
          const { policy } = await plant.detail()
          return policy?.revision === revision && policy.state === 'confirmed'
        },
        { everyMs: 250 },
      )
      const last = await checkHistory(desk)
      assert.ok(last !== undefined)
      await checkEnforced(plant, desk, last)
    })

  it('the audit of the manager is whole', async () => {
    const report = await centre.ask({ path: '/v1/audit/verify', answer: AuditReport })
    assert.deepEqual(report.findings, [])
  })
})
