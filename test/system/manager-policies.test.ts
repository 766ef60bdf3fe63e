/** Drafts, their review and approval, publication and history, through the API of a real manager. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Draft, Drafts, PolicySite, WholeDraft } from '#schema/manager-policies.ts'
import { Review } from '#schema/manager-review.ts'
import { Revisions, RuleHistory, WholeRevision } from '#schema/manager-revisions.ts'
import { Rollout } from '#schema/manager-rollouts.ts'
import { AuditReport, User, Users } from '#schema/manager-api.ts'
import { record } from './manager/recorded.ts'
import { type Plant, policyText, startPlant, tells } from './manager/policies.ts'

let plant: Plant
before(async () => void (plant = await startPlant(['ann', 'eve', 'edd', 'abe', 'amy', 'vic'])))
after(() => plant.end())

const drafted = (site: string, text: string, who: 'eve' | 'ann' = 'eve') =>
  plant.ask(who, 'POST', '/v1/drafts', WholeDraft, { site, title: 'first', text })

describe('a draft', () => {
  let draft: WholeDraft
  const path = (rest = ''): string => `/v1/drafts/${draft.id}${rest}`
  before(() => plant.site('alpha'))

  it('is saved with its problems, each with its line', async () => {
    draft = await drafted('alpha', policyText('alpha').replace('to: plc, service: modbus', 'to: plx, service: modbus'))
    const errors = draft.problems.filter(({ severity }) => severity === 'error')
    assert.deepEqual(
      errors.map(({ line, code }) => [line, code]),
      [[16, 'unknown-end']],
    )
    assert.match(errors[0]!.message, /plx.*plc/)
  })
  it('is approved by nobody as long as it has errors', async () => {
    const [code, what] = await plant.fails('abe', 'POST', path('/approve'), { revision: 1 })
    assert.equal(code, 'policy-invalid')
    assert.match(what, /alpha\.yaml:16:/)
  })
  it('is of its site, because edges say whose they are', async () => {
    const other = await drafted('alpha', policyText('beta'))
    assert.deepEqual(
      other.problems.map(({ line, code }) => [line, code]),
      [[2, 'other-site']],
    )
    const done = await plant.ask('eve', 'POST', `/v1/drafts/${other.id}/withdraw`, Draft, { revision: 1 })
    assert.equal(done.state, 'withdrawn')
  })
  it('is changed by who has seen it as it is', async () => {
    const text = policyText('alpha')
    assert.equal((await plant.fails('edd', 'PATCH', path(), { revision: 2, text }))[0], 'conflict')
    draft = await plant.ask('edd', 'PATCH', path(), WholeDraft, { revision: 1, text })
    assert.deepEqual([draft.revision, draft.problems, draft.authors.map(({ name }) => name)], [2, [], ['eve', 'edd']])
  })
  it('is approved by nobody whose tests fail', async () => {
    const failing = await drafted('alpha', policyText('alpha').replace('expect: deny', 'expect: permit'))
    assert.equal(
      (await plant.fails('abe', 'POST', `/v1/drafts/${failing.id}/approve`, { revision: 1 }))[0],
      'policy-tests-failed',
    )
    const review = await plant.ask('vic', 'GET', `/v1/drafts/${failing.id}/review`, Review)
    assert.equal(review.tests?.failures.length, 1)
    assert.match(review.blockers.join(' '), /1 of its tests fails/)
  })
  it('is not published without an approval', async () => {
    const [code, what] = await plant.fails('eve', 'POST', path('/publish'), { revision: 2 })
    assert.equal(code, 'refused')
    assert.match(what, /0 of 1 approvals/)
  })
  it('is not approved by who wrote it, whatever their role', async () => {
    const own = await drafted('alpha', policyText('alpha'), 'ann')
    assert.equal((await plant.fails('ann', 'POST', `/v1/drafts/${own.id}/approve`, { revision: 1 }))[0], 'forbidden')
    assert.equal((await plant.fails('eve', 'POST', path('/approve'), { revision: 2 }))[0], 'forbidden')
  })
  it('is refused with a reason, and stays refused for the others', async () => {
    assert.equal((await plant.fails('abe', 'POST', path('/refuse'), { revision: 2 }))[0], 'usage')
    const refused = await plant.ask('abe', 'POST', path('/refuse'), Draft, { revision: 2, reason: 'who needs this?' })
    assert.equal(refused.state, 'refused')
    await plant.ask('amy', 'POST', path('/approve'), Draft, { revision: 2 })
    const [code, what] = await plant.fails('eve', 'POST', path('/publish'), { revision: 2 })
    assert.equal(code, 'refused')
    assert.match(what, /abe refused it: who needs this\?/)
  })
  it('loses its approvals when it changes', async () => {
    draft = await plant.ask('eve', 'PATCH', path(), WholeDraft, { revision: 2, title: 'better' })
    assert.deepEqual([draft.state, draft.votes], ['open', []])
    await plant.ask('amy', 'POST', path('/approve'), Draft, { revision: 3 })
    draft = await plant.ask('eve', 'PATCH', path(), WholeDraft, { revision: 3, text: `${draft.text}# more\n` })
    assert.deepEqual(draft.votes, [])
    assert.equal((await plant.fails('eve', 'POST', path('/publish'), { revision: 4 }))[0], 'refused')
    assert.equal((await plant.fails('amy', 'POST', path('/approve'), { revision: 3 }))[0], 'conflict')
  })
  it('is published once', async () => {
    await plant.ask('abe', 'POST', path('/approve'), Draft, { revision: 4, reason: 'fine' })
    const rollout = await plant.ask('eve', 'POST', path('/publish'), Rollout, { revision: 4 })
    assert.deepEqual([rollout.revision, rollout.state], [1, 'running'])
    assert.equal((await plant.fails('eve', 'POST', path('/publish'), { revision: 4 }))[0], 'conflict')
    assert.equal((await plant.fails('eve', 'PATCH', path(), { revision: 4, title: 'late' }))[0], 'conflict')
    const { drafts } = await plant.ask('vic', 'GET', '/v1/drafts?site=alpha', Drafts)
    assert.deepEqual(drafts.find(({ id }) => id === draft.id)?.published, 1)
  })
  it('waits while another is rolled out', async () => {
    const next = await drafted('alpha', policyText('alpha', { mode: 'shadow' }))
    await plant.ask('abe', 'POST', `/v1/drafts/${next.id}/approve`, Draft, { revision: 1 })
    const [code, what] = await plant.fails('eve', 'POST', `/v1/drafts/${next.id}/publish`, { revision: 1 })
    assert.equal(code, 'refused')
    assert.match(what, /Revision 1 is being rolled out/)
  })
  it('that was withdrawn is forgotten after a hundred others', async () => {
    await plant.site('busy')
    const oldest = await drafted('busy', policyText('busy'))
    const withdraw = (id: string) => plant.ask('eve', 'POST', `/v1/drafts/${id}/withdraw`, Draft, { revision: 1 })
    await withdraw(oldest.id)
    const { db } = plant.manager
    const row = await db.selectFrom('policy_drafts').selectAll().where('id', '=', oldest.id).executeTakeFirstOrThrow()
    const others = Array.from({ length: 99 }, (_, n) => ({ ...row, id: `${oldest.id.slice(0, -3)}Z${10 + n}` }))
    await db.insertInto('policy_drafts').values(others).execute()
    const kept = async () =>
      (await db.selectFrom('policy_drafts').select('id').where('site', '=', 'busy').execute()).map(({ id }) => id)
    plant.clock.ms += 1000
    const open = await drafted('busy', policyText('busy'))
    const newest = await drafted('busy', policyText('busy'))
    await withdraw(newest.id)
    const left = await kept()
    assert.equal(left.length, 101)
    assert.deepEqual(
      [oldest.id, open.id, newest.id].map((id) => left.includes(id)),
      [false, true, true],
    )
  })
  it('is of a site that exists', async () => {
    const body = { site: 'nowhere', title: 'x', text: 'x' }
    assert.equal((await plant.fails('eve', 'POST', '/v1/drafts', body))[0], 'not-found')
  })
  it('may be larger than other requests, up to a limit', async () => {
    const large = `${policyText('alpha')}${'# what is said at length\n'.repeat(60_000)}`
    assert.equal((await drafted('alpha', large)).problems.length, 0)
    const body = { site: 'alpha', title: 'x', text: 'x'.repeat(5 << 20) }
    assert.equal((await plant.fails('eve', 'POST', '/v1/drafts', body))[0], 'usage')
  })
})

describe('two persons', () => {
  before(() => plant.site('safe'))
  const publish = (id: string) => plant.fails('eve', 'POST', `/v1/drafts/${id}/publish`, { revision: 1 })

  it('approve what touches a safety system', async () => {
    const draft = await drafted('safe', policyText('safe', { sis: true }))
    await plant.ask('abe', 'POST', `/v1/drafts/${draft.id}/approve`, Draft, { revision: 1 })
    await plant.ask('abe', 'POST', `/v1/drafts/${draft.id}/approve`, Draft, { revision: 1 })
    assert.match((await publish(draft.id))[1], /1 of 2 approvals/)
    const review = await plant.ask('eve', 'GET', `/v1/drafts/${draft.id}/review`, Review)
    assert.match(review.approvals.because.join(), /it touches safety: asset plc/)
    await plant.ask('amy', 'POST', `/v1/drafts/${draft.id}/approve`, Draft, { revision: 1 })
    const plan = { soak: 0 }
    const { revision, id } = await plant.ask('eve', 'POST', `/v1/drafts/${draft.id}/publish`, Rollout, {
      revision: 1,
      plan,
    })
    assert.equal(revision, 1)
    await plant.ask('eve', 'POST', `/v1/rollouts/${id}/stop`, Rollout, { reason: 'enough' })
  })
  it('approve what their site asks for, and only who owns the fleet says so', async () => {
    await plant.site('strict')
    const body = { version: 1, approvals: 2 }
    assert.equal((await plant.fails('eve', 'PATCH', '/v1/policies/strict', body))[0], 'forbidden')
    const site = await plant.ask('ann', 'PATCH', '/v1/policies/strict', PolicySite, body)
    assert.deepEqual([site.approvals, site.version], [2, 2])
    assert.equal((await plant.fails('ann', 'PATCH', '/v1/policies/strict', body))[0], 'conflict')
    const draft = await drafted('strict', policyText('strict'))
    await plant.ask('abe', 'POST', `/v1/drafts/${draft.id}/approve`, Draft, { revision: 1 })
    assert.match((await publish(draft.id))[1], /1 of 2 approvals/)
  })
  it('count as long as they may approve', async () => {
    await plant.site('trust')
    const draft = await drafted('trust', policyText('trust'))
    await plant.ask('amy', 'POST', `/v1/drafts/${draft.id}/approve`, Draft, { revision: 1 })
    const { users } = await plant.ask('ann', 'GET', '/v1/users', Users)
    const amy = users.find(({ name }) => name === 'amy')?.id ?? ''
    const become = (body: object) => plant.ask('ann', 'PATCH', `/v1/users/${amy}`, User, body)
    await become({ role: 'engineer' })
    assert.match((await publish(draft.id))[1], /0 of 1 approvals/)
    const { approvals } = await plant.ask('vic', 'GET', `/v1/drafts/${draft.id}/review`, Review)
    assert.equal(approvals.given, 0)
    await become({ role: 'approver' })
    const { id } = await plant.ask('eve', 'POST', `/v1/drafts/${draft.id}/publish`, Rollout, { revision: 1 })
    await plant.ask('eve', 'POST', `/v1/rollouts/${id}/stop`, Rollout, { reason: 'enough' })
  })
})

describe('a review', () => {
  before(async () => {
    const { e1 } = await plant.site('gamma')
    await record(plant.manager.db, e1!, plant.clock.ms - 3_600_000)
  })

  it('says for the first policy who may newly talk to whom, and which edges it is for', async () => {
    const draft = await drafted('gamma', policyText('gamma', { mode: 'shadow' }))
    const review = await plant.ask('vic', 'GET', `/v1/drafts/${draft.id}/review`, Review)
    assert.deepEqual(
      review.difference?.permitted.map(({ conduit, from, to, service }) => [conduit, from, to, service]),
      [['run', ['hmi'], ['plc'], 'modbus']],
    )
    assert.deepEqual(review.tests, { passed: 2, failures: [] })
    assert.deepEqual(
      review.edges.map(({ edge, state }) => `${edge} ${state}`),
      ['e1 connected', 'e2 connected', 'e3 connected'],
    )
    assert.deepEqual(review.simulation?.counts, { newlyDenied: 0, newlyPermitted: 0, denied: 0, notJudged: 0 })
    const rollout = await plant.publish('gamma', policyText('gamma', { mode: 'shadow' }))
    await plant.ask('eve', 'POST', `/v1/rollouts/${rollout.id}/stop`, Rollout, { reason: 'only looking' })
  })
  it('says what enforcement would deny of what was recorded, and what was counted in shadow', async () => {
    const draft = await drafted('gamma', policyText('gamma', { mode: 'enforce' }))
    const { simulation, shadow } = await plant.ask('vic', 'GET', `/v1/drafts/${draft.id}/review`, Review)
    assert.deepEqual(
      simulation?.newlyDenied.map(({ source, service, packets, verdict, kind }) => [
        source,
        service,
        packets,
        verdict,
        kind,
      ]),
      [
        ['198.18.10.30', 'tcp/102', 480, 'deny', 'conversation'],
        ['198.18.10.30', 'tcp/22', 14, 'deny', 'would-deny'],
      ],
    )
    assert.deepEqual(simulation?.expected, { e1: 494 })
    assert.deepEqual(
      shadow.map(({ zone, mode, packets, commands, flows }) => [zone, mode, packets, commands, flows]),
      [['line', 'enforce', 14, 7, 2]],
    )
  })
})

describe('history', () => {
  const enforce = policyText('delta', { mode: 'enforce' })
  const changed = enforce
    .replace('service: modbus,', 'service: s7comm,')
    .replace('plc, service: modbus, expect', 'plc, service: s7comm, expect')
  const day = 86_400_000
  let first = 0
  before(async () => {
    const { e1 } = await plant.site('delta')
    const { clock } = plant
    const out = async (text: string) => {
      const rollout = await plant.publish('delta', text, { soak: 0 })
      await tells(plant, e1!, rollout.revision, 'pending')
      await tells(plant, e1!, rollout.revision, 'confirmed')
      await plant.ask('ann', 'POST', `/v1/rollouts/${rollout.id}/stop`, Rollout, { reason: 'the others stay' })
      clock.ms += 60_000
    }
    first = clock.ms
    await out(policyText('delta'))
    await out(enforce)
    await out(changed)
  })
  const at = (ms: number) => `?at=${new Date(ms).toISOString()}`
  const rule = (query: string) => plant.ask('vic', 'GET', `/v1/policies/delta/rules/run${query}`, RuleHistory)

  it('says what a rule was at a time, who wrote, approved and published it, and which edge enforced it', async () => {
    const then = await rule(at(first + 30_000))
    assert.deepEqual([then.section, then.since.authors.map(({ name }) => name)], ['conduits', ['eve']])
    assert.match(
      then.text,
      /^- \{ id: run, from: hmi, to: plc, service: modbus, reason: the panel operates the line \}$/,
    )
    assert.deepEqual(
      then.since.approvals.map(({ person }) => person.name),
      ['abe'],
    )
    assert.equal(then.since.publishedBy, 'eve')
    assert.deepEqual(
      then.edges.map(({ edge, enforced, rule: form }) => [edge, enforced, form]),
      [
        ['e1', then.revision, 'same'],
        ['e2', null, 'unknown'],
        ['e3', null, 'unknown'],
      ],
    )
  })
  it('knows since when a rule has its form', async () => {
    const now = await rule('')
    const { revisions } = await plant.ask('vic', 'GET', '/v1/policies/delta/revisions', Revisions)
    const newest = revisions[0]!.revision
    assert.deepEqual([now.revision, now.since.revision], [newest, newest])
    assert.match(now.text, /s7comm/)
    const former = await rule(at(Date.parse(revisions[0]!.at) - 1))
    assert.ok(former.since.revision < former.revision, 'the form is older than the revision')
    assert.equal(former.since.revision, 1)
  })
  it('takes a day for its last moment', async () => {
    assert.ok((await rule(`?at=${new Date(first + day).toISOString().slice(0, 10)}`)).revision > 1)
  })
  it('says that there was nothing', async () => {
    const fails = (path: string) => plant.fails('vic', 'GET', `/v1/policies/delta/rules/${path}`)
    assert.match((await fails(`run${at(first - day)}`))[1], /had no policy/)
    assert.match((await fails('walk'))[1], /nothing that is called walk/)
  })
  it('exports any revision as it was published', async () => {
    const one = await plant.ask('vic', 'GET', '/v1/policies/delta/revisions/1', WholeRevision)
    assert.equal(one.text, policyText('delta'))
    assert.equal(one.enforced[0]?.edge, 'e1')
    assert.equal((await plant.fails('vic', 'GET', '/v1/policies/delta/revisions/99'))[0], 'not-found')
  })
})

it('leaves an audit that holds', async () => {
  const report = await plant.ask('ann', 'GET', '/v1/audit/verify', AuditReport)
  assert.ok(report.ok, JSON.stringify(report.findings))
})
