/** Policies of a manager at a real edge. */
import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { storePath } from '#edge/context.ts'
import { openStore } from '#edge/store/open.ts'
import { sha256 } from '#schema/chain.ts'
import { listenUnixDatagrams } from '#linux/unix-datagram.ts'
import { Database } from '#sqlite/database.ts'
import { given } from '../fixtures/given.ts'
import { type Cell, edgeName, policyText, tcpFrame, until } from './orders/cell.ts'
import { bulkheadAtEdge, startDaemon } from './edge-process.ts'
import { makeAuthority } from './edge-link/authority.ts'
import { Linked, policy, responses } from './edge-link/linked.ts'
import type { Peer } from './edge-link/peer.ts'

let linked: Linked
let cell: Cell
let peer: Peer
before(async () => {
  linked = await Linked.start('linkpolicy')
  cell = linked.cell
  peer = linked.peer
})
after(() => linked.close())

describe('a policy of the manager', () => {
  const shadow = policyText({ responses, modes: { cell: 'shadow' } })
  const outcomes = () => peer.policyReports.map(({ revision, outcome }) => `${revision} ${outcome}`)
  const settled = (text: string, limitMs = 30_000) => until(text, limitMs, () => outcomes().includes(text))

  it('is enforced at once, waits for its confirmation, and stays with it', async () => {
    peer.send(peer.policy(3, shadow))
    await settled('3 pending')
    assert.ok((peer.policyReports.at(-1)?.ms ?? 1e9) < 5000)
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'shadow')
    assert.deepEqual([(await linked.nextDigest())?.policy.state, peer.digests.at(-1)?.policy.revision], ['pending', 3])
    peer.send(peer.confirm(3))
    await settled('3 confirmed')
    assert.equal((await cell.status()).plan.confirmed, true)
    assert.deepEqual(
      [(await linked.nextDigest())?.policy.state, peer.digests.at(-1)?.policy.digest],
      ['confirmed', sha256(shadow)],
    )
  })

  it('is older, forged or wrong: nothing changes', async () => {
    peer.send(peer.policy(2, policy))
    const foreign = peer.policy(4, policy, 60, { edge: 'other' })
    peer.send(foreign)
    peer.send({ type: 'policy', object: makeAuthority().sign({ type: 'policy' }) })
    peer.send(peer.policy(4, 'zones: ['))
    await settled('4 refused')
    peer.send(peer.policy(5, policy.replace('site: riverside', 'site: elsewhere')))
    await settled('5 refused')
    assert.match(peer.policyReports.at(-1)?.text ?? '', /site "elsewhere"/)
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'shadow')
  })

  it('that nobody confirms goes away by itself, with the daemon dead as well', async () => {
    peer.send(peer.policy(6, policy, 10))
    await settled('6 pending')
    await cell.restart('SIGKILL')
    await linked.stands()
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'contain')
    await settled('6 rolled-back')
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'shadow')
    assert.deepEqual(
      [(await linked.nextDigest())?.policy.state, peer.digests.at(-1)?.policy.revision],
      ['confirmed', 3],
    )
    assert.ok(!(await cell.daemon.events({ kind: ['apply'] })).some(({ by }) => by === undefined))
  })

  it('is confirmed, and not what a person put in its place just before', async () => {
    peer.send(peer.policy(7, policy))
    await settled('7 pending')
    const instead = policyText({ responses, modes: { cell: 'observe' } })
    const body = `${JSON.stringify({ name: 'instead.yaml', by: 'bob' })}\n${instead}`
    const person = connect(cell.daemon.socket)
    await once(person, 'connect')
    const answered = once(person, 'data')
    person.write(
      `POST /v1/apply HTTP/1.1\r\nhost: edge\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    )
    // The person's policy has its turn once it is staged, and takes a while to be loaded: the manager's word about the one before comes then.
    const beside = openStore({ path: storePath(cell.daemon.state), readonly: true })
    try {
      await until('the turn of the person has come', 30_000, () => beside.plans.pending()?.by === 'bob', 1)
      process.kill(cell.daemon.pid, 'SIGSTOP')
      try {
        await peer.deliver(peer.confirm(7))
      } finally {
        process.kill(cell.daemon.pid, 'SIGCONT')
      }
    } finally {
      beside.close()
    }
    await answered
    person.destroy()
    await settled('7 rolled-back')
    assert.equal((await cell.status()).plan.confirmed, false)
    await cell.daemon.call('rollback', { reason: 'x', by: 'bob' })
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'shadow')
  })

  for (const [says, revision, text, outcome] of [
    ['that is enforced', 8, policyText({ responses, modes: { cell: 'enforce' } }), 'pending'],
    ['that is wrong', 9, 'zones: [', 'refused'],
  ] as const)
    it(`${says}, and of which that could not be written down, is told of as soon as it can be`, async () => {
      const beside = new Database(storePath(cell.daemon.state))
      beside.exec("CREATE TRIGGER full BEFORE INSERT ON link_reports BEGIN SELECT RAISE(ABORT, 'no room'); END")
      peer.send(peer.policy(revision, text))
      await until('there is an alarm', 30_000, async () =>
        (await cell.status()).alarms.some((alarm) => alarm.includes('edge.db cannot be read or written')),
      )
      assert.ok(!outcomes().some((one) => one.startsWith(`${revision} `)))
      beside.exec('DROP TRIGGER full')
      beside.close()
      await settled(`${revision} ${outcome}`)
      if (outcome === 'refused') return
      peer.send(peer.confirm(revision))
      await settled(`${revision} confirmed`)
      assert.equal((await cell.status()).plan.confirmed, true)
    })

  it('makes room for one that a person applies here, and the digest says so', async () => {
    const path = `${cell.daemon.state}/own.yaml`
    writeFileSync(path, policy)
    await cell.daemon.call('apply', { ...given(path), by: 'bob' })
    await cell.daemon.call('confirm', { by: 'bob', force: true })
    await until('the digest says so', 30_000, () => peer.digests.at(-1)?.policy.state === 'local')
  })
})

describe('an enrolled edge without a policy', () => {
  it('touches nothing until the first of the manager, and enforces that', { timeout: 60_000 }, async () => {
    await cell.daemon.stop()
    await cell.world.exec('edge', 'nft', ['flush', 'ruleset'])
    const state = `${linked.folder}/fresh`
    await linked.enrol(state)
    const dialled = peer.hellos.length
    const unused = `${linked.folder}/none.yaml`
    const told = listenUnixDatagrams(`${linked.folder}/notify`)
    const env = { NOTIFY_SOCKET: `${linked.folder}/notify`, WATCHDOG_USEC: '10000000' }
    const start = { edge: edgeName, state, policyFile: unused, ready: false, bare: true, env }
    const fresh = await startDaemon(cell.world, start)
    try {
      await until('it dials', 30_000, () => peer.hellos.length > dialled && peer.connected)
      const status = await fresh.call('status', {})
      assert.match(status.alarms.join(), /the first one of the manager is awaited/)
      // systemd ends a service that is not ready in time, and one whose heart does not beat.
      const words: string[] = []
      await until('systemd is told', 30_000, () => {
        words.push(Buffer.from(told.receive() ?? []).toString())
        return words.includes('WATCHDOG=1')
      })
      assert.ok(words.includes('READY=1'), words.join())
      assert.match(words.join(), /STATUS=No policy is enforced/)
      assert.equal(status.manager?.connected, true)
      await assert.rejects(fresh.call('contain', { ip: '198.18.1.40', reason: 'x', by: 'x' }), /has no policy yet/)
      const boot = await bulkheadAtEdge(cell.world, ['edge', 'load', '--state', state])
      assert.deepEqual([boot.code, /No policy was ever confirmed/.test(boot.stdout)], [0, true], boot.stderr)
      assert.equal((await cell.world.exec('edge', 'nft', ['list', 'ruleset'])).stdout, '')
      const reports = () => peer.policyReports.map(({ revision, outcome }) => `${revision} ${outcome}`)
      peer.send(peer.policy(20, 'zones: ['))
      await until('nonsense is refused', 30_000, () => reports().includes('20 refused'))
      peer.send(peer.policy(21, policy.replace('plant: {', 'absent: {')))
      await until('a port that is not there is refused', 30_000, () => reports().includes('21 refused'))
      assert.equal((await cell.world.exec('edge', 'nft', ['list', 'ruleset'])).stdout, '')
      await until('it waits again', 30_000, () => peer.connected)
      peer.send(peer.policy(22, policy))
      await until('it is enforced', 10_000, () => reports().includes('22 confirmed'))
      assert.equal((await fresh.call('status', {})).state, 'enforcing')
      assert.equal(await cell.passes('ews', 'plc', tcpFrame({ from: 'ews', to: 'plc' }, 502)), false)
      assert.equal(peer.digests.at(-1)?.policy.revision, 22)
      // What waits is the daemon's: a load beside it gives nothing up, and changes nothing.
      peer.send(peer.policy(23, policyText({ responses, modes: { cell: 'shadow' } })))
      await until('another one waits', 30_000, () => reports().includes('23 pending'))
      const beside = await bulkheadAtEdge(cell.world, ['edge', 'load', '--state', state])
      assert.deepEqual([beside.code, /A daemon keeps the rules/.test(beside.stdout)], [0, true], beside.stderr)
      assert.equal((await fresh.call('status', {})).state, 'pending')
    } finally {
      await fresh.stop()
      told.close()
    }
  })
})
