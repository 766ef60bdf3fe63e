/** Roll-outs at a real manager, from the first stage to the last, and back. */
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import { policyFrames } from '#manager/policies/desired.ts'
import { owedBy } from '#manager/policies/owed.ts'
import { holdsLease } from '#manager/policies/ticker.ts'
import { signedText } from '#schema/link-objects.ts'
import { EdgeView } from '#schema/manager-fleet.ts'
import { PolicySite } from '#schema/manager-policies.ts'
import { WholeRevision } from '#schema/manager-revisions.ts'
import { Rollout } from '#schema/manager-rollouts.ts'
import {
  bodyOf,
  digests,
  due,
  phasesOf,
  type Plant,
  policyText,
  second,
  startPlant,
  tells,
} from './manager/policies.ts'
import { newScene, type Scene, together } from './manager/rollouts.ts'

let plant: Plant
let scene: Scene
before(async () => void (plant = await startPlant(['ann', 'eve', 'abe'])))
after(() => plant.end())
beforeEach(async () => void (scene = await newScene(plant)))

describe('a roll-out', () => {
  it('goes from stage to stage, and ends with every edge confirmed', async () => {
    const { id, revision } = await scene.begin()
    assert.deepEqual([await due(plant, scene.e1, 0), await due(plant, scene.e2, 0)], [['policy 1'], []])
    await tells(plant, scene.e1, revision, 'pending')
    assert.deepEqual(await due(plant, scene.e1, 1), [])
    scene.wait(59)
    await digests(plant, scene.e1, revision)
    await plant.look()
    assert.equal(phasesOf(await plant.rollout(id))['e1'], 'soaking')
    scene.wait(1)
    await plant.look()
    assert.deepEqual(await due(plant, scene.e1, 1), ['confirm 1'])
    await tells(plant, scene.e1, revision, 'confirmed')
    assert.deepEqual(phasesOf(await plant.rollout(id)), { e1: 'confirmed', e2: 'offered', e3: 'offered' })
    await scene.lives(scene.e2, revision)
    await scene.lives(scene.e3, revision)
    const end = await plant.rollout(id)
    assert.deepEqual([end.state, phasesOf(end)], ['done', { e1: 'confirmed', e2: 'confirmed', e3: 'confirmed' }])
    assert.deepEqual([await due(plant, scene.e1, 1), await due(plant, scene.e1, 0)], [[], ['policy 1', 'confirm 1']])
  })
  it('signs for each edge what it is to obey', async () => {
    const text = policyText(scene.site)
    await scene.begin()
    const [frame] = await policyFrames(plant.manager, scene.e1, 0)
    assert.ok(frame?.type === 'policy')
    const { key, body, signature } = frame.object
    const { signer } = plant.manager
    assert.equal(key, signer.fingerprint)
    assert.ok(
      verify(null, Buffer.from(signedText(body)), createPublicKey(signer.pem), Buffer.from(signature, 'base64')),
    )
    assert.deepEqual(
      { ...bodyOf(frame).body, digest: '', at: 0 },
      {
        type: 'policy',
        site: scene.site,
        edge: 'e1',
        revision: 1,
        text,
        digest: '',
        confirm: 90,
        by: 'eve',
        at: 0,
      },
    )
  })
  it('tells the link where to look', async () => {
    const told: string[] = []
    const end = plant.manager.bus.subscribe(
      'policy',
      ({ edges: list }) => void told.push(...list.map(({ edge }) => edge)),
    )
    const { revision } = await scene.begin()
    await scene.lives(scene.e1, revision)
    end()
    assert.deepEqual(told, ['e1', 'e2', 'e3'])
  })
  it('waits for one edge at least, and goes on without those that do not answer', async () => {
    const { id, revision } = await scene.begin({ stages: [{ edges: ['e1', 'e2'] }, { edges: ['e3'] }] })
    scene.wait(100)
    await plant.look()
    assert.deepEqual(phasesOf(await plant.rollout(id)), { e1: 'late', e2: 'late', e3: 'waiting' })
    await scene.lives(scene.e1, revision)
    assert.equal(phasesOf(await plant.rollout(id))['e3'], 'offered')
    await scene.lives(scene.e3, revision)
    assert.equal((await plant.rollout(id)).state, 'done')
    assert.deepEqual(await due(plant, scene.e2, 0), ['policy 1'])
    await tells(plant, scene.e2, revision, 'pending')
    scene.wait(60)
    await digests(plant, scene.e2, revision)
    await plant.look()
    assert.deepEqual(await due(plant, scene.e2, 1), ['confirm 1'])
  })
  it('goes on without an edge that is revoked while it is watched, and does not take its silence for harm', async () => {
    const { id, revision } = await scene.begin()
    await scene.lives(scene.e1, revision)
    for (const edge of [scene.e2, scene.e3]) await tells(plant, edge, revision, 'pending')
    const path = `/v1/edges/${scene.e3.id}/revocation`
    await plant.ask('ann', 'POST', path, EdgeView, { reason: 'the machine was stolen' })
    scene.wait(60)
    await digests(plant, scene.e2, revision)
    await plant.look()
    // Longer than soak and grace.
    scene.wait(60)
    await plant.look()
    await tells(plant, scene.e2, revision, 'confirmed')
    const end = await plant.rollout(id)
    assert.deepEqual([end.state, phasesOf(end)], ['done', { e1: 'confirmed', e2: 'confirmed', e3: 'late' }])
  })
  it('takes an edge that was enrolled later', async () => {
    const { manager, clock } = plant
    await manager.db.updateTable('edges').set({ enrolled: null }).where('id', '=', scene.e3.id).execute()
    const { id } = await scene.begin({ soak: 0, stages: [{ edges: ['e1', 'e2'] }] })
    for (const edge of [scene.e1, scene.e2]) {
      await tells(plant, edge, 1, 'pending')
      await tells(plant, edge, 1, 'confirmed')
    }
    assert.equal((await plant.rollout(id)).state, 'done')
    await manager.db
      .updateTable('edges')
      .set({ enrolled: new Date(clock.ms) })
      .where('id', '=', scene.e3.id)
      .execute()
    assert.deepEqual([await due(plant, scene.e3, 0), await due(plant, scene.e3, 0)], [['policy 1'], ['policy 1']])
  })
  it('offers it to an edge that was enrolled and has stood in line since before the end', async () => {
    const { manager, clock } = plant
    const enrol = (enrolled: Date | null) =>
      manager.db.updateTable('edges').set({ enrolled }).where('id', '=', scene.e3.id).execute()
    await enrol(null)
    const { id } = await scene.begin({ soak: 0, stages: [{ edges: ['e1', 'e2'] }] })
    await enrol(new Date(clock.ms))
    assert.deepEqual(await due(plant, scene.e3, 0), [])
    for (const edge of [scene.e1, scene.e2]) {
      await tells(plant, edge, 1, 'pending')
      await tells(plant, edge, 1, 'confirmed')
    }
    assert.equal((await plant.rollout(id)).state, 'done')
    const look = owedBy({ ...manager, id: 'm' })
    const owed = async () => (await look()).flatMap(({ site, edge }) => (site === scene.site ? [edge] : []))
    await owed()
    scene.wait(15)
    assert.deepEqual(await owed(), ['e3'])
    assert.deepEqual(await due(plant, scene.e3, 0), ['policy 1'])
  })
  it('ends at once where no edge is enrolled yet', async () => {
    const { db } = plant.manager
    await db.updateTable('edges').set({ enrolled: null }).where('site', '=', scene.site).execute()
    const { state, edges } = await plant.publish(scene.site, policyText(scene.site))
    assert.deepEqual([state, edges], ['done', []])
    assert.deepEqual(await due(plant, scene.e2, 0), ['policy 1'])
  })
  it('has no edge that the policy does not name', async () => {
    const body = { plan: { stages: [{ edges: ['e9'] }] } }
    const rollout = plant.publish(scene.site, policyText(scene.site), body.plan)
    await assert.rejects(rollout, /edge e9 cannot take the policy/)
    assert.deepEqual(await scene.revisions(), [])
  })
})

describe('going back', () => {
  const back = (body: object) =>
    plant.ask('eve', 'POST', `/v1/policies/${scene.site}/rollback`, Rollout, { reason: 'too strict', ...body })

  it('stops what is under way, and gives every edge the former text at once', async () => {
    await scene.settled()
    const rollout = await scene.begin({}, policyText(scene.site, { mode: 'enforce' }))
    await scene.lives(scene.e1, 2)
    const restored = await back({ newest: 2 })
    assert.deepEqual(await scene.revisions(), [
      [3, 1],
      [2, null],
      [1, null],
    ])
    assert.deepEqual(phasesOf(restored), { e1: 'offered', e2: 'offered', e3: 'offered' })
    assert.match((await plant.rollout(rollout.id)).why ?? '', /^eve: too strict/)
  })
  it('takes the text of any revision', async () => {
    await scene.settled()
    for (const mode of ['shadow', 'enforce']) {
      const { revision } = await scene.begin(together, policyText(scene.site, { mode }))
      for (const edge of scene.all) await tells(plant, edge, revision, 'confirmed')
    }
    await back({ newest: 3, to: 1 })
    assert.deepEqual((await scene.revisions())[0], [4, 1])
  })
  for (const held of [true, false])
    it(`takes the text before one that a person stopped ${held ? 'and left standing' : 'before any edge kept it'}`, async () => {
      await scene.settled()
      const { revision } = await scene.begin(together, policyText(scene.site, { mode: 'shadow' }))
      for (const edge of scene.all) await tells(plant, edge, revision, 'confirmed')
      const rollout = await scene.begin({ rollback: 'by-hand' }, policyText(scene.site, { mode: 'enforce' }))
      if (held) await scene.lives(scene.e1, 3)
      await plant.ask('eve', 'POST', `/v1/rollouts/${rollout.id}/stop`, Rollout, { reason: 'too strict' })
      await back({ newest: 3 })
      // Where nobody kept the third, all enforce the second: going back is going to the first.
      assert.deepEqual((await scene.revisions())[0], [4, held ? 2 : 1])
    })
  it('that is refused leaves what is under way as it is', async () => {
    const rollout = await scene.begin()
    await scene.lives(scene.e1, 1)
    const body = { newest: 1, reason: 'x' }
    const [code, what] = await plant.fails('eve', 'POST', `/v1/policies/${scene.site}/rollback`, body)
    assert.deepEqual([code, /no earlier policy/.test(what)], ['conflict', true])
    assert.equal((await plant.rollout(rollout.id)).state, 'running')
  })
  it('is refused to who does not know what is there', async () => {
    await scene.settled()
    const fails = (body: object) =>
      plant.fails('eve', 'POST', `/v1/policies/${scene.site}/rollback`, { reason: 'x', ...body })
    assert.equal((await fails({ newest: 0 }))[0], 'conflict')
    assert.equal((await fails({ newest: 1 }))[0], 'conflict')
    assert.equal((await fails({ newest: 1, to: 7 }))[0], 'not-found')
    assert.equal(
      (await plant.fails('abe', 'POST', `/v1/policies/${scene.site}/rollback`, { newest: 1, reason: 'x' }))[0],
      'forbidden',
    )
  })
})

describe('numbers', () => {
  it('never go back, also where the database did', async () => {
    await scene.settled()
    assert.deepEqual(await due(plant, scene.e1, 41), [])
    const state = await plant.ask('ann', 'GET', `/v1/policies/${scene.site}`, PolicySite)
    assert.deepEqual([state.revision, state.newest], [1, 41])
    const { revision } = await scene.begin({}, policyText(scene.site, { mode: 'shadow' }))
    assert.equal(revision, 42)
    assert.deepEqual(await due(plant, scene.e1, 41), ['policy 42'])
    // Who claims a number out of all reason does not use the others up.
    await due(plant, scene.e1, Number.MAX_SAFE_INTEGER)
    assert.equal((await plant.ask('ann', 'GET', `/v1/policies/${scene.site}`, PolicySite)).newest, 42)
  })
  it('are raised by an edge a few times, not over and over', async () => {
    await scene.settled()
    for (let have = 2; have < 20; have++) await due(plant, scene.e1, have)
    await due(plant, scene.e2, 100)
    const { newest } = await plant.ask('ann', 'GET', `/v1/policies/${scene.site}`, PolicySite)
    const rows = await plant.manager.db
      .selectFrom('audit')
      .select('object')
      .where('action', '=', 'policy.raise')
      .where('object', 'like', `policy ${scene.site}:%`)
      .execute()
    assert.deepEqual([rows.length, newest], [7, 100])
  })
  it('that nobody published are no news of an edge, and what was rolled back stays so', async () => {
    await scene.settled()
    await scene.begin({ rollback: 'by-hand' }, policyText(scene.site, { mode: 'shadow' }))
    const { db } = plant.manager
    const count = async (table: 'policy_reports' | 'policy_enforced') =>
      (await db.selectFrom(table).select('revision').where('edge_id', '=', scene.e1.id).execute()).length
    await tells(plant, scene.e1, 2, 'pending')
    await tells(plant, scene.e1, 2, 'rolled-back')
    const former = [await count('policy_reports'), await count('policy_enforced')]
    for (let turn = 1; turn <= 5; turn++)
      for (const [revision, outcome] of [
        [2, 'pending'],
        [2, 'rolled-back'],
        [1, 'pending'],
        [1000 + turn, 'pending'],
      ] as const) {
        scene.wait(1)
        await tells(plant, scene.e1, revision, outcome)
      }
    assert.deepEqual([await count('policy_reports'), await count('policy_enforced')], former)
  })
  it('are given once, however many ask at the same time', async () => {
    await scene.settled()
    const asked = await Promise.allSettled(
      [1, 2, 3, 4].map(() => scene.begin({}, policyText(scene.site, { mode: 'shadow' }))),
    )
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.deepEqual(
      (await scene.revisions()).map(([revision]) => revision),
      [2, 1],
    )
  })
})

it('the history tells when each edge enforced what', async () => {
  await scene.settled()
  const rollout = await scene.begin({ rollback: 'by-hand' }, policyText(scene.site, { mode: 'enforce' }))
  const applied = (plant.clock.ms += second)
  await tells(plant, scene.e1, 2, 'pending')
  await tells(plant, scene.e1, 2, 'pending')
  const left = (plant.clock.ms += 20 * second)
  await tells(plant, scene.e1, 2, 'rolled-back')
  assert.equal((await plant.rollout(rollout.id)).state, 'stopped')
  const spells = async (revision: number) =>
    (await plant.ask('ann', 'GET', `/v1/policies/${scene.site}/revisions/${revision}`, WholeRevision)).enforced
      .filter(({ edge }) => edge === 'e1')
      .map(({ since, until }) => [Date.parse(since), until === null ? null : Date.parse(until)])
  assert.deepEqual(await spells(2), [[applied, left]])
  assert.deepEqual(
    (await spells(1)).map(([, until]) => until),
    [applied, null],
  )
})

it('who waits too long for a policy or a confirmation is offered it again, each time later', async () => {
  const look = owedBy({ ...plant.manager, id: 'm' })
  const elsewhere = owedBy(plant.manager)
  /** Edges that the looks of so many seconds found, as seconds. */
  const found = async (seconds: number): Promise<readonly string[]> => {
    const all: string[] = []
    for (let at = 0; at < seconds; at += 5) {
      const owed = (await look()).filter(({ site }) => site === scene.site)
      all.push(...owed.map(({ edge }) => `${edge} ${at}`))
      scene.wait(5)
    }
    return all
  }
  await scene.begin({ stages: [{ edges: ['e1', 'e2'] }, { edges: ['e3'] }] })
  assert.deepEqual(await found(75), ['e1 10', 'e2 10', 'e1 30', 'e2 30', 'e1 70', 'e2 70'])
  await tells(plant, scene.e1, 1, 'pending')
  assert.deepEqual(await found(80), ['e2 75'])
  await digests(plant, scene.e1, 1)
  await plant.look()
  assert.deepEqual((await found(15)).includes('e1 10'), true, 'a confirmation')
  assert.deepEqual(await elsewhere(), [])
})

it('one manager watches the clock, and another one after it', async () => {
  // Later than the clock of the running manager, so that it does not come between.
  const later = plant.clock.ms + 86_400_000
  const holds = (id: string, seconds: number) =>
    holdsLease({ ...plant.manager, id, now: () => later + seconds * second })
  assert.deepEqual(
    [
      await holds('one', 0),
      await holds('two', 9),
      await holds('one', 9),
      await holds('two', 18),
      await holds('two', 20),
      await holds('one', 21),
    ],
    [true, false, true, false, true, false],
  )
  await plant.manager.db.deleteFrom('policy_lease').execute()
})

it('a roll-out goes on after the manager was away', async () => {
  const { id, revision } = await scene.begin()
  await tells(plant, scene.e1, revision, 'pending')
  scene.wait(60)
  await digests(plant, scene.e1, revision)
  await plant.restart()
  // Nobody looks but the clock of the manager, which knows nothing but the database.
  const phase = async () => phasesOf(await plant.rollout(id))['e1']
  for (let n = 0; n < 100 && (await phase()) !== 'confirming'; n++)
    await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await phase(), 'confirming')
  assert.deepEqual(await due(plant, scene.e1, 1), ['confirm 1'])
})
