/** A whole run of the simulator: enrolled in the database of a real manager, in two processes, against a peer with that manager's keys. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { objectSigner } from '#manager/fleet/signer.ts'
import { openState } from '#manager/open.ts'
import { placeOf } from '#lab/fleet/line.ts'
import { enlist, type Enlisted } from '#lab/fleet/register.ts'
import { runFleet } from '#lab/fleet/run.ts'
import { serverOf } from './fleet/authority.ts'
import { type Peer, startPeer } from './fleet/peer.ts'
import { start, type Started, verifyAudit } from './manager/start.ts'

const count = 60

describe('a run of the fleet', () => {
  let started: Started
  let enlisted: Enlisted
  let peer: Peer
  before(async () => {
    started = await start()
    enlisted = await enlist(started.state, { count, sites: 3, domain: 'bulkhead' })
    const [ca, key] = ['ca.crt', 'ca.key'].map((name) => readFileSync(join(started.state, name), 'utf8'))
    peer = await startPeer({
      authority: serverOf(ca!, key!),
      signer: objectSigner(started.state),
      where: { path: join(started.state, 'peer.sock') },
    })
  })
  after(async () => {
    await peer.close()
    await started.end()
  })

  test('the manager knows every edge with its key, and its audit says so', async () => {
    const opened = await openState({ state: started.state, join: true })
    try {
      const rows = await opened.db.selectFrom('edges').select(['site', 'name', 'public_key']).execute()
      const known = rows.map(({ site, name, public_key }) => `${site} ${name} ${public_key}`)
      const members = enlisted.members.map(({ site, edge, credentials }) => `${site} ${edge} ${credentials.publicKey}`)
      assert.deepEqual(known.toSorted(), members.toSorted())
      const entry = await opened.db.selectFrom('audit').select('body').where('action', '=', 'edges.simulate').execute()
      assert.equal(entry.length, 1)
    } finally {
      await opened.close()
    }
    assert.equal((await verifyAudit(started.state)).ok, true)
  })

  test('two processes, a storm and a time without a line: everybody is back and everything is told once', async () => {
    const said: string[] = []
    const { place, ...rest } = { place: placeOf(`unix:${started.state}/peer.sock`), ...enlisted }
    const figures = await runFleet({
      fleet: { ...rest, place, version: 'test', run: 'whole' },
      rate: 200,
      seconds: 0.5,
      storm: true,
      offline: 0.5,
      processes: 2,
      stopped: new AbortController().signal,
      say: (text) => said.push(text),
    })
    assert.equal(figures.welcome, count)
    assert.ok(figures.eventsMade > 100, `${figures.eventsMade} events`)
    assert.equal(figures.acknowledged, figures.eventsMade)
    assert.equal(figures.eventsWaiting, 0)
    assert.ok((figures.stormMs ?? 0) > 0 && (figures.drainedMs ?? 0) > 0)
    const stored = [...peer.stores.values()].flatMap(({ bodies }) => bodies)
    assert.equal(new Set(stored).size, figures.eventsMade)
    assert.equal(stored.length, figures.eventsMade)
    assert.deepEqual(peer.wrong, [])
    assert.deepEqual(said, [])
  })
})
