/** What goes wrong over years: a certificate that ends while the manager runs, and a machine that is a copy of another. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after as afterAll, before as beforeAll, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { Status } from '#schema/manager-api.ts'
import { hello } from './link/edge.ts'
import { type EdgeHere, startWorld, type World } from './link/world.ts'
import { verifyAudit } from './manager/start.ts'
import { until } from './until.ts'

const day = 86_400_000
const clock = { ahead: 0 }
let world: World
beforeAll(async () => {
  world = await startWorld({ now: () => Date.now() + clock.ahead })
})
afterAll(() => world.end())

const shownAt = (where: { readonly port: number } | { readonly path: string }): Promise<X509Certificate> =>
  new Promise((resolve, reject) => {
    // Its term is what is looked at.
    const socket = connect({ ...where, rejectUnauthorized: false, servername: 'localhost' }, () => {
      const found = socket.getPeerX509Certificate()
      socket.destroy()
      if (found === undefined) reject(new Error('no certificate'))
      else resolve(found)
    })
    socket.once('error', reject)
  })

describe('a manager that runs for long', () => {
  it('shows another certificate before its own ends, at all three doors, and links that stand go on', async () => {
    const { manager } = world.one
    const doors = [{ port: manager.port }, { port: manager.link.port! }, { path: manager.link.socket }]
    const before = await Promise.all(doors.map(shownAt))
    const edge = await world.makeEdge('years', 'edge-1')
    const line = await edge.join()
    const { ahead } = clock
    clock.ahead = 330 * day
    manager.renewCertificate()
    clock.ahead = ahead
    const ca = new X509Certificate(world.place.ca)
    for (const [index, door] of doors.entries()) {
      const now = await shownAt(door)
      assert.notEqual(now.fingerprint256, before[index]!.fingerprint256)
      assert.ok(Date.parse(now.validTo) > Date.now() + 600 * day)
      assert.ok(now.checkIssued(ca) && now.verify(ca.publicKey))
    }
    assert.equal(line.ws.readyState, line.ws.OPEN)
    line.end()
    // The clock was wrong: what was issued has not begun, and edges refuse it.
    manager.renewCertificate()
    const again = await edge.join()
    again.end()
  })
})

describe('a machine that is a copy of another', () => {
  const alarms = async (edge: EdgeHere): Promise<readonly string[]> => (await world.show(edge.id)).alarms
  const audited = async () =>
    (
      await world.one.manager.context.db
        .selectFrom('audit')
        .select('object')
        .where('action', '=', 'tampering')
        .where('object', 'like', 'key of edge%')
        .execute()
    ).map(({ object }) => object)

  it('is told: at the edge, in the status, and once in the audit', async () => {
    const edge = await world.makeEdge('twins', 'edge-1')
    for (let turn = 0; turn < 2; turn++) {
      const first = await edge.join()
      const second = await edge.join()
      assert.match((await first.next('refused')).text, /another machine has its key/)
      await first.closed()
      second.ws.close()
      await second.closed()
    }
    await until('the alarm', async () => (await alarms(edge)).length > 0)
    assert.match((await alarms(edge))[0]!, /Two machines hold the key of this edge.*bulkhead edges enrol twins edge-1/)
    const status = await world.ask('/v1/status', Status)
    assert.match(status.alarms.join('\n'), /Two machines hold the key of twins\/edge-1\./)
    clock.ahead += 70_000
    for (const line of [await edge.join(), await edge.join()]) line.ws.close()
    await sleep(200)
    assert.deepEqual(await audited(), ['key of edge twins/edge-1'])
    assert.deepEqual((await verifyAudit(world.one.state)).findings, [])
    clock.ahead += 25 * 3_600_000
    assert.deepEqual(await alarms(edge), [])
    clock.ahead = 0
  })

  it('is not what an edge is that dials anew because its line was dead', async () => {
    const edge = await world.makeEdge('single', 'edge-1')
    for (let turn = 0; turn < 4; turn++) {
      const dead = await edge.dial()
      dead.send(hello())
      await dead.next('welcome')
      // Nobody is at its end any more, and the manager does not know yet.
      dead.ws.pause()
      const next = await edge.join()
      await sleep(50)
      dead.end()
      next.ws.close()
      await next.closed()
    }
    assert.deepEqual(await alarms(edge), [])
  })
})
