/** The simulated fleet speaks the link: what it takes, refuses, reports and tells, against a peer that plays the manager. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { objectSigner } from '#manager/fleet/signer.ts'
import { Event } from '#schema/event.ts'
import type { OrderObject } from '#schema/link-objects.ts'
import { stateDigest } from '#schema/chain.ts'
import { startFleet } from '#lab/fleet/fleet.ts'
import { containmentEvent, ordinaryEvent } from '#lab/fleet/made-events.ts'
import { nameOf } from '#lab/fleet/register.ts'
import { issueSvid } from '#lab/fleet/svid.ts'
import { testAuthority } from './fleet/authority.ts'
import { startPeer } from './fleet/peer.ts'
import { until } from './until.ts'

const place = mkdtempSync(join(tmpdir(), 'fleet-'))
after(() => rmSync(place, { recursive: true }))
const authority = testAuthority()
const signer = objectSigner(place)
const count = 40
const sites = 4
const members = Array.from({ length: count }, (_, index) => {
  const name = nameOf(index, sites)
  return { ...name, credentials: issueSvid(authority, 'bulkhead', name, Date.now()) }
})
let runs = 0
const both = async (more: { loseAck?: number; path?: string } = {}) => {
  const where = more.path === undefined ? { host: '127.0.0.1', port: 0 } : { path: more.path }
  const { loseAck } = more
  const peer = await startPeer({ authority, signer, where, ...(loseAck === undefined ? {} : { loseAck }) })
  const troubles: string[] = []
  const shared = { place: peer.place, ca: authority.certificate, signer: signer.pem, version: 'test' }
  const fleet = startFleet({ ...shared, members, run: `run${++runs}`, onTrouble: (what) => troubles.push(what) })
  const end = async (): Promise<void> => {
    await fleet.close()
    await peer.close()
    assert.deepEqual(peer.wrong, [])
  }
  return { peer, fleet, troubles, end }
}
const order = (more: Partial<OrderObject> = {}): Omit<OrderObject, 'revision' | 'type'> => ({
  id: 'order-1',
  scope: { level: 'fleet' },
  by: 'test',
  reason: 'test',
  at: Date.now(),
  action: 'contain',
  ip: '198.18.7.7',
  expires: Date.now() + 60_000,
  ...more,
})

describe('the simulated fleet', () => {
  test('an order is in force where its scope reaches, reported, and proved by the digest', async () => {
    const { peer, fleet, end } = await both()
    await fleet.connect()
    peer.order(order())
    peer.order(order({ id: 'order-2', scope: { level: 'site', site: 'sim-1' } }))
    const siteMembers = count / sites
    await until('every edge that is reached reports', () => peer.reports.length === count + siteMembers)
    assert.equal(fleet.figures().enforced, count + siteMembers)
    assert.equal(fleet.figures().refused, 0)
    // Two distinct objects, however many edges got them.
    assert.equal(fleet.figures().signaturesVerified, 2)
    await fleet.cut()
    peer.digests.clear()
    await fleet.connect()
    await until('every edge sends a digest', () => peer.digests.size === count)
    for (const [name, { streams }] of peer.digests) {
      const isSite1 = Number(name.slice(4)) % sites === 1
      const [orders] = streams
      assert.equal(orders?.revision, 2)
      const one = { id: 'order-1', revision: 1 }
      assert.equal(orders.hash, stateDigest(isSite1 ? [one, { id: 'order-2', revision: 2 }] : [one]), name)
    }
    await end()
  })

  test('what another key signed, what was changed, what is older and what leaves a gap is not taken', async () => {
    const { peer, fleet, end } = await both()
    await fleet.connect()
    peer.order(order())
    await until('the true one is in force', () => fleet.figures().enforced === count)
    const other = objectSigner(mkdtempSync(join(place, 'other-')))
    const forged = other.sign({ type: 'order', ...order({ id: 'forged' }), revision: 2 })
    const state = { type: 'state', stream: 'orders' }
    peer.send({ ...state, from: 1, to: 2, objects: [forged] })
    await until('another key', () => fleet.figures().refused === count)
    peer.send({ ...state, from: 2, to: 3, objects: [{ ...forged, key: signer.fingerprint }] })
    await until('another key that says it is ours', () => fleet.figures().refused === 2 * count)
    const changed = { ...peer.log[0]!, body: peer.log[0]!.body.replace('198.18.7.7', '198.18.7.8') }
    peer.send({ ...state, from: 3, to: 4, objects: [changed] })
    await until('a changed body', () => fleet.figures().refused === 3 * count)
    peer.send({ ...state, from: 0, to: 1, objects: [peer.log[0]] })
    await until('an older revision', () => fleet.figures().replayed === count)
    peer.send({ ...state, from: 9, to: 10, objects: [] })
    await until('a gap', () => fleet.figures().gaps === count)
    peer.send({ ...state, from: 'nonsense' })
    await until('a frame that is none', () => fleet.figures().refused === 4 * count)
    assert.equal(fleet.figures().enforced, count)
    await end()
  })

  test('events arrive once each and in the order of their chain, though acknowledgements are lost with the line', async () => {
    const { peer, fleet, end } = await both({ loseAck: 7 })
    await fleet.connect()
    const made: string[] = []
    for (let n = 0; n < 600; n++) {
      made.push(
        fleet.tell(n, (edge) =>
          n % 3 === 0 ? containmentEvent(edge, '198.18.7.7', Date.now()) : ordinaryEvent(edge, n, Date.now()),
        ).id,
      )
      if (n % 100 === 0) await sleep(20)
    }
    await until('everything is acknowledged', () => fleet.figures().eventsWaiting === 0)
    const ids = [...peer.stores.values()].flatMap(({ bodies }) =>
      bodies.map((body) => Event.parse(JSON.parse(body)).id),
    )
    assert.deepEqual(ids.toSorted(), made.toSorted())
    assert.ok(fleet.figures().linesLost > 0, 'lines were lost')
    assert.equal(fleet.figures().acknowledged, 600)
    await end()
  })

  test('all are back after a storm over a unix socket', async () => {
    const { peer, fleet, end } = await both({ path: join(place, 'link.sock') })
    await fleet.connect()
    await fleet.cut()
    await until('all lines are gone', () => peer.sessions.size === 0)
    const ms = await fleet.connect(50)
    assert.equal(fleet.figures().welcome, count)
    assert.ok(ms < 5000, `${ms} ms`)
    await end()
  })
})
