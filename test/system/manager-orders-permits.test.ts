/** Permits through the manager, and the commands that people type; with a real PostgreSQL. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it, mock } from 'node:test'
import type * as z from 'zod'
import { run as runCommand } from '#cli/run.ts'
import { Order, OrderDetail, Orders, OrdersStatus, Permit, Permits } from '#schema/manager-orders.ts'
import { PermitObject } from '#schema/link-objects.ts'
import { Problem } from '#schema/manager-api.ts'
import type { Reply } from './manager/start.ts'
import { policyOf, scene, type Scene } from './manager-orders/scene.ts'

let one: Scene
before(async () => {
  one = await scene()
  await one.publish('north', 1, policyOf('north'))
})
after(() => one.end())

const is = (reply: Reply, status: number, code?: string): void => {
  const said = code === undefined ? undefined : Problem.parse(reply.body).error.code
  assert.deepEqual([reply.status, said], [status, code], JSON.stringify(reply.body))
}
const wanted = {
  site: 'north',
  from: '198.18.2.72',
  to: '198.18.1.10',
  service: 's7comm',
  for: '2h',
  reason: 'vendor on site',
}
const ask = (who: string, body: object = {}) => one.as(who, 'POST', '/v1/permits', { ...wanted, ...body })
const decide = (who: string, id: string, verb: string) =>
  one.as(who, 'POST', `/v1/permits/${id}/${verb}`, verb === 'revoke' ? undefined : { reason: 'work order 12' })
const objectsOf = async (id: string): Promise<PermitObject[]> =>
  (
    await one.other.db.selectFrom('state_objects').select('body').where('id', '=', id).orderBy('revision').execute()
  ).map(({ body }) => PermitObject.parse(JSON.parse(body)))

describe('a permit', () => {
  it('of somebody who may approve goes down at once, and its end under the same id', async () => {
    const reply = await ask('approver')
    is(reply, 201)
    const permit = Permit.parse(reply.body)
    assert.equal(permit.state, 'permitted')
    is(await decide('operator', permit.id, 'revoke'), 200)
    const objects = await objectsOf(permit.id)
    assert.deepEqual(
      objects.map(({ action, scope, service, revision }) => [action, scope, service, revision]),
      [
        ['permit', { level: 'site', site: 'north' }, 's7comm', permit.revision],
        ['revoke', { level: 'site', site: 'north' }, 's7comm', permit.revision! + 1],
      ],
    )
    is(await decide('operator', permit.id, 'revoke'), 409, 'conflict')
  })
  for (const role of ['operator', 'engineer'])
    it(`of an ${role} waits for somebody else, and its time begins then`, async () => {
      const permit = Permit.parse((await ask(role)).body)
      assert.equal(permit.state, 'waiting')
      assert.deepEqual(await objectsOf(permit.id), [])
      is(await decide(role, permit.id, 'approve'), 403, 'forbidden')
      one.clock += 3600_000
      const approved = Permit.parse((await decide('approver', permit.id, 'approve')).body)
      assert.equal(Date.parse(approved.expires) - one.clock, 7200_000)
      assert.equal((await objectsOf(permit.id)).length, 1)
    })
  it('is approved by nobody who asked for it, whatever they became since', async () => {
    const permit = Permit.parse((await ask('operator')).body)
    await one.other.db
      .updateTable('permits')
      .set({ author: 'local administrator' })
      .where('id', '=', permit.id)
      .execute()
    const { askManager } = await import('#manager/client.ts')
    const approval = askManager(join(one.state, 'manager.sock'), {
      method: 'POST',
      path: `/v1/permits/${permit.id}/approve`,
      body: { reason: 'me' },
      answer: Permit,
    })
    await assert.rejects(approval, /does not approve/)
  })
  it('is approved by nobody where it may not be asked for any more', async () => {
    const permit = Permit.parse((await ask('operator')).body)
    await one.publish('north', 2, policyOf('north').replace('zone: cell, kind: plc', 'zone: cell, kind: sis'))
    is(await decide('approver', permit.id, 'approve'), 403, 'refused')
    assert.deepEqual(await objectsOf(permit.id), [])
    await one.publish('north', 3, policyOf('north'))
    is(await decide('approver', permit.id, 'approve'), 200)
  })
  it('that is refused never goes down', async () => {
    const permit = Permit.parse((await ask('operator')).body)
    is(await decide('approver', permit.id, 'refuse'), 200)
    is(await decide('approver', permit.id, 'approve'), 409, 'conflict')
    assert.deepEqual(await objectsOf(permit.id), [])
  })
  it('ends by itself', async () => {
    const permit = Permit.parse((await ask('admin', { for: '60s' })).body)
    one.clock += 60_000
    const { permits } = Permits.parse((await one.as('viewer', 'GET', '/v1/permits?state=all')).body)
    assert.equal(permits.find(({ id }) => id === permit.id)?.state, 'expired')
  })
  const refused: readonly [name: string, who: string, body: object, status: number, code: string][] = [
    ['from a viewer', 'viewer', {}, 403, 'forbidden'],
    ['to a safety system', 'admin', { to: '198.18.1.12' }, 403, 'refused'],
    ['for longer than a week', 'admin', { for: '8d' }, 400, 'usage'],
    ['for a second', 'admin', { for: '1s' }, 400, 'usage'],
    ['for everything', 'admin', { service: 'any' }, 400, 'usage'],
    ['for too many ports', 'admin', { service: 'tcp/1-1000' }, 400, 'usage'],
    ['for no service', 'admin', { service: 'nonsense' }, 400, 'usage'],
    ['between two IP versions', 'admin', { from: '2001:db8::1' }, 400, 'usage'],
    ['at a site that is not there', 'admin', { site: 'west' }, 404, 'not-found'],
    ['at an edge that is not there', 'admin', { edge: 'north-9' }, 404, 'not-found'],
    ['without a reason', 'admin', { reason: '' }, 400, 'usage'],
  ]
  for (const [name, who, body, status, code] of refused)
    it(`is refused ${name}`, async () => is(await ask(who, body), status, code))
})

describe('on the command line', () => {
  /** In this process: starting one for each line would take longer than all the rest. */
  const run = async (...words: string[]): Promise<{ code: number; out: string }> => {
    let out = ''
    const write = process.stdout.write.bind(process.stdout)
    const spy = mock.method(process.stdout, 'write', (part: string | Uint8Array) => {
      // What the test runner writes there is no text.
      if (typeof part !== 'string') return write(part)
      out += part
      return true
    })
    try {
      return { code: await runCommand(['--json', ...words, '--state', one.state]), out }
    } finally {
      spy.mock.restore()
    }
  }
  const answer = async <T>(schema: z.ZodType<T>, ...words: string[]): Promise<T> => {
    const { code, out } = await run(...words)
    assert.equal(code, 0, out)
    return schema.parse(JSON.parse(out))
  }

  it('a source is contained, shown, listed and released', async () => {
    const order = await answer(Order, 'orders', 'contain', '198.18.3.9', '--site', 'north', '--reason', 'ticket')
    assert.deepEqual([order.state, order.by], ['ordered', 'local administrator'])
    const shown = await answer(OrderDetail, 'orders', 'show', order.id)
    const listed = await answer(Orders.shape.orders, 'orders', 'list')
    const status = await answer(OrdersStatus, 'orders', 'status')
    assert.equal(shown.order.id, order.id)
    assert.deepEqual([listed.map(({ id }) => id), status.inForce], [[order.id], 1])
    const released = await answer(Orders.shape.orders, 'orders', 'release', '198.18.3.9')
    assert.deepEqual(
      released.map(({ state }) => state),
      ['released'],
    )
  })
  it('a permit is created', async () => {
    const words = ['--site', 'north', '--from', '198.18.2.7', '--to', '198.18.1.10', '--service', 'tcp/22']
    const permit = await answer(Permit, 'permits', 'create', ...words, '--for', '1h', '--reason', 'x')
    assert.equal(permit.state, 'permitted')
  })
  it('a refusal says what to do', async () => {
    const { code, out } = await run('orders', 'contain', '198.18.1.10', '--site', 'north', '--reason', 'x')
    assert.equal(code, 7)
    assert.match(out, /plc-north[^]*--known/)
  })
})
