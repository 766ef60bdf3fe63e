/** What stops a roll-out at a real manager, and what follows. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { EdgeRef } from '#manager/events/reaction.ts'
import { WholeRevision } from '#schema/manager-revisions.ts'
import { Rollout, Rollouts } from '#schema/manager-rollouts.ts'
import { digests, due, phasesOf, type Plant, policyText, second, startPlant, tells } from './manager/policies.ts'
import { record } from './manager/recorded.ts'
import { newScene, type Scene, together } from './manager/rollouts.ts'

let plant: Plant
let scene: Scene
before(async () => void (plant = await startPlant(['ann', 'eve', 'abe'])))
after(() => plant.end())
beforeEach(async () => void (scene = await newScene(plant)))

describe('harm', () => {
  const stopped = async (rollout: Rollout, why: RegExp): Promise<Rollout> => {
    const now = await plant.rollout(rollout.id)
    assert.equal(now.state, 'stopped')
    assert.match(now.why ?? '', why)
    return now
  }
  const flood = (edge: EdgeRef, count: number, at = plant.clock.ms) =>
    scene.event(edge, 'denial', { count, last: new Date(at).toISOString() })

  it('by an essential conduit that went silent stops it before anything is confirmed', async () => {
    const rollout = await scene.begin()
    await tells(plant, scene.e1, 1, 'pending', { silent: ['run'] })
    await stopped(rollout, /^e1: essential conduits went silent: run/)
    scene.wait(60)
    await digests(plant, scene.e1, 1)
    await plant.look()
    assert.deepEqual([await due(plant, scene.e1, 1), await due(plant, scene.e2, 0)], [[], []])
    await tells(plant, scene.e1, 1, 'rolled-back')
    assert.equal(phasesOf(await plant.rollout(rollout.id))['e1'], 'rolled-back')
  })
  it('by more denials than were expected stops it, each event counting once', async () => {
    const rollout = await scene.begin({ floor: 100 })
    await tells(plant, scene.e1, 1, 'pending')
    const half = flood(scene.e1, 60)
    await scene.react(half)
    await scene.react(half, flood(scene.e1, 500, plant.clock.ms - 1), flood(scene.e2, 500))
    assert.deepEqual(
      [(await plant.rollout(rollout.id)).state, (await plant.rollout(rollout.id)).edges[0]?.denied],
      ['running', 60],
    )
    await scene.react(
      scene.event(scene.e1, 'command-denied', { count: 30 }),
      scene.event(scene.e1, 'overflow', { details: { 'denial:out-of-scope': 11 } }),
    )
    await stopped(rollout, /^e1: it denied 101 packets, and 100 would have been no harm/)
  })
  it('counts where the report that the policy was applied was lost', async () => {
    const rollout = await scene.begin({ floor: 100 })
    scene.wait(1)
    await digests(plant, scene.e1, 1)
    await plant.look()
    assert.equal(phasesOf(await plant.rollout(rollout.id))['e1'], 'soaking')
    await scene.react(flood(scene.e1, 500, plant.clock.ms - 2000))
    assert.equal((await plant.rollout(rollout.id)).state, 'running')
    await scene.react(flood(scene.e1, 500))
    await stopped(rollout, /^e1: it denied 500 packets/)
  })
  it('that waits to be judged keeps an edge from being confirmed', async () => {
    const rollout = await scene.begin()
    await tells(plant, scene.e1, 1, 'pending')
    scene.wait(10)
    const { db } = plant.manager
    const waits = { id: 900_000_001, reaction: 'policies', edge_id: scene.e1.id, ids: [], ats: [], tries: 0 }
    const later = new Date(plant.clock.ms + 1000 * second)
    await db
      .insertInto('event_inbox')
      .values({ ...waits, received: new Date(plant.clock.ms), due: later })
      .execute()
    scene.wait(50)
    await digests(plant, scene.e1, 1)
    await plant.look()
    assert.deepEqual(await due(plant, scene.e1, 1), [])
    await db.deleteFrom('event_inbox').where('id', '=', waits.id).execute()
    await plant.look()
    assert.deepEqual(await due(plant, scene.e1, 1), ['confirm 1'])
    assert.equal((await plant.rollout(rollout.id)).state, 'running')
  })
  it('by a known asset that is contained stops it; an order of somebody does not', async () => {
    const rollout = await scene.begin()
    await tells(plant, scene.e1, 1, 'pending')
    await scene.react(
      scene.event(scene.e1, 'containment', { by: 'manager', source: { ip: '198.18.10.20', asset: 'hmi' } }),
      scene.event(scene.e1, 'containment', { by: 'kernel', source: { ip: '198.18.10.99' } }),
    )
    assert.equal((await plant.rollout(rollout.id)).state, 'running')
    await scene.react(
      scene.event(scene.e1, 'containment', { by: 'kernel', source: { ip: '198.18.10.20', asset: 'hmi' } }),
    )
    await stopped(rollout, /^e1: it contained hmi/)
  })
  for (const [says, more, why] of [
    ['by other rules in the kernel', { intact: false }, /other rules/],
    ['by a bypass', { status: 'bypassed' }, /passes everything/],
  ] as const)
    it(`${says} stops it`, async () => {
      const rollout = await scene.begin()
      await tells(plant, scene.e1, 1, 'pending')
      scene.wait(1)
      await digests(plant, scene.e1, 1, more)
      await plant.look()
      await stopped(rollout, why)
    })
  it('by silence stops it', async () => {
    const rollout = await scene.begin()
    await tells(plant, scene.e1, 1, 'pending')
    scene.wait(90)
    await plant.look()
    await stopped(rollout, /^e1: it was not heard from/)
  })
  it('at the first policy of a site leaves nothing to go back to', async () => {
    const rollout = await scene.begin()
    await scene.lives(scene.e1, 1)
    await tells(plant, scene.e2, 1, 'refused', { text: 'no such device' })
    await stopped(rollout, /^e2: it refused the policy: no such device/)
    assert.deepEqual(await scene.revisions(), [[1, null]])
  })
  it('after edges were confirmed brings the former text back, under a new number', async () => {
    await scene.settled()
    const rollout = await scene.begin({}, policyText(scene.site, { mode: 'enforce' }))
    await scene.lives(scene.e1, 2)
    await tells(plant, scene.e2, 2, 'pending', { silent: ['run'] })
    await stopped(rollout, /^e2:/)
    assert.deepEqual(await scene.revisions(), [
      [3, 1],
      [2, null],
      [1, null],
    ])
    for (const edge of [scene.e1, scene.e2, scene.e3]) {
      assert.deepEqual(await due(plant, edge, 2), ['policy 3'])
      await tells(plant, edge, 3, 'pending')
      scene.wait(30)
      await digests(plant, edge, 3)
      await plant.look()
      await tells(plant, edge, 3, 'confirmed')
    }
    const whole = await plant.ask('ann', 'GET', `/v1/policies/${scene.site}/revisions/3`, WholeRevision)
    assert.equal(whole.text, policyText(scene.site))
    assert.deepEqual([whole.publishedBy, whole.rollout?.state], ['manager', 'done'])
    assert.match(whole.reason ?? '', /^revision 2 was stopped: e2: essential/)
    await plant.look()
    assert.equal((await scene.revisions()).length, 3)
  })
  it('brings the former text back although an edge claims a number that nobody published', async () => {
    await scene.settled()
    await scene.begin({}, policyText(scene.site, { mode: 'enforce' }))
    await scene.lives(scene.e1, 2)
    await due(plant, scene.e3, 50)
    await tells(plant, scene.e2, 2, 'refused')
    assert.deepEqual(await scene.revisions(), [
      [51, 1],
      [2, null],
      [1, null],
    ])
  })
  it('is not what the former text denies once it is back: it always did', async () => {
    await scene.settled()
    await scene.begin({}, policyText(scene.site, { mode: 'enforce' }))
    await scene.lives(scene.e1, 2)
    await tells(plant, scene.e2, 2, 'pending', { silent: ['run'] })
    const { rollouts } = await plant.ask('ann', 'GET', `/v1/rollouts?site=${scene.site}`, Rollouts)
    const [restored] = rollouts
    assert.deepEqual([restored?.revision, restored?.state], [3, 'running'])
    await tells(plant, scene.e1, 3, 'pending')
    await scene.react(flood(scene.e1, 5000))
    // Stopped, it would leave the edge with what did harm.
    assert.equal((await plant.rollout(restored?.id ?? '')).state, 'running')
  })
  it('at one edge while the former text comes back by itself keeps no other from it', async () => {
    await scene.settled()
    const { id } = await scene.begin({}, policyText(scene.site, { mode: 'enforce' }))
    await scene.lives(scene.e1, 2)
    await tells(plant, scene.e2, 2, 'pending', { silent: ['run'] })
    assert.equal((await plant.rollout(id)).state, 'stopped')
    const { rollouts } = await plant.ask('ann', 'GET', `/v1/rollouts?site=${scene.site}`, Rollouts)
    const restored = rollouts[0]?.id ?? ''
    await tells(plant, scene.e1, 3, 'pending')
    await tells(plant, scene.e2, 3, 'rolled-back')
    assert.equal((await plant.rollout(restored)).state, 'running')
    scene.wait(30)
    await digests(plant, scene.e1, 3)
    await plant.look()
    assert.deepEqual(await due(plant, scene.e1, 3), ['confirm 3'])
    await tells(plant, scene.e1, 3, 'confirmed')
    await tells(plant, scene.e3, 3, 'refused')
    const { state, edges } = await plant.rollout(restored)
    assert.deepEqual([state, edges.map(({ phase }) => phase)], ['done', ['confirmed', 'rolled-back', 'refused']])
  })
  it('is measured by what was recorded also where a person goes back', async () => {
    const text = (more = '') => `${policyText(scene.site, { mode: 'enforce' })}${more}`
    for (const more of ['', '# next\n']) {
      const { revision } = await scene.begin(together, text(more))
      for (const edge of scene.all) await tells(plant, edge, revision, 'confirmed')
    }
    await record(plant.manager.db, scene.e1, plant.clock.ms - 3600 * second)
    const body = { newest: 2, reason: 'as before' }
    const { edges } = await plant.ask('eve', 'POST', `/v1/policies/${scene.site}/rollback`, Rollout, body)
    // 494 packets an hour, three times as many for a minute, and 50.
    assert.deepEqual(
      edges.map(({ limit }) => limit),
      [75, 50, 50],
    )
  })
  it('brings nothing back where a person is to decide', async () => {
    await scene.settled()
    const rollout = await scene.begin({ rollback: 'by-hand' }, policyText(scene.site, { mode: 'enforce' }))
    await scene.lives(scene.e1, 2)
    await plant.ask('eve', 'POST', `/v1/rollouts/${rollout.id}/stop`, Rollout, { reason: 'a bad day' })
    await stopped(rollout, /^eve: a bad day/)
    assert.deepEqual(await scene.revisions(), [
      [2, null],
      [1, null],
    ])
  })
  it('that an edge reports later changes nothing for others', async () => {
    const { id } = await scene.settled()
    await scene.react(flood(scene.e1, 100_000))
    await tells(plant, scene.e1, 1, 'pending', { silent: ['run'] })
    assert.equal((await plant.rollout(id)).state, 'done')
    assert.deepEqual(await due(plant, scene.e2, 0), ['policy 1', 'confirm 1'])
  })
})
