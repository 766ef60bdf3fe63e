/** What a manager orders of an edge whose disk is full: it holds at once, is held meanwhile, and is written down, told and reported when there is room. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { storePath } from '#edge/context.ts'
import { stateDigest } from '#schema/chain.ts'
import type { StateStream } from '#schema/link-objects.ts'
import { type Cell, hosts, until } from './orders/cell.ts'
import { Linked, order, without } from './edge-link/linked.ts'
import type { Peer } from './edge-link/peer.ts'

const at = `/run/link-full-${process.pid}`
const filler = `${at}/filler`
let linked: Linked
let cell: Cell
let peer: Peer
before(async () => {
  mkdirSync(at, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', at])
  linked = await Linked.start('linkfull', at)
  ;({ cell, peer } = linked)
})
after(async () => {
  rmSync(filler, { force: true })
  await linked.close()
})

let serial = 0
/** Until the disk takes nothing: what the log has room for already is used up first. */
const useUp = (): Promise<void> =>
  until('the disk takes nothing', 60_000, async () => {
    rmSync(`${storePath(at)}.reserve`, { force: true })
    execFileSync('sh', ['-c', `cat /dev/zero >${filler} 2>/dev/null; true`])
    const reason = `${serial++} ${'x'.repeat(400)}`
    const { text } = await cell.daemon.call('contain', { ip: '198.18.1.49', for: '1h', by: 'test', reason })
    return text.includes('not stored')
  })
const free = async (): Promise<void> => {
  rmSync(filler, { force: true })
  await until('everything is written down', 30_000, async () =>
    (await cell.status()).alarms.every((text) => !text.startsWith('No space left')),
  )
}
const reports = (id: string) => peer.stateReports.filter((one) => one.id === id).map(({ outcome }) => outcome)
const events = async (word: string) =>
  (await cell.daemon.events({ kind: ['containment', 'release', 'permit', 'revoke'] })).filter(({ text }) =>
    text.includes(word),
  ).length
/** Whether the edge says that it holds these and nothing else, all of them enforced. */
const holds = (name: StateStream, ...ids: readonly string[]): boolean => {
  const said = peer.digests.at(-1)?.streams.find(({ stream }) => stream === name)
  const hash = stateDigest(peer.objects.filter(({ id }) => ids.includes(id)))
  return said?.hash === hash && said.enforced === ids.length && said.revision === peer.revisions[name]
}
const permit = (id: string, action: 'permit' | 'revoke') =>
  peer.add({
    ...without(id),
    type: 'permit',
    action,
    from: hosts.ews.ip4,
    to: hosts.plc.ip4,
    service: 'tcp/22',
  })

describe('on a full disk', () => {
  it('an order is carried out although others that are over cannot be forgotten', async () => {
    peer.send(peer.add(order('o-over', '198.18.1.41', { expires: Date.now() + 3000 })))
    await linked.said('o-over')
    await useUp()
    await sleep(3000)
    peer.send(peer.add(order('o-1', '198.18.1.42')))
    await until('the kernel has it', 10_000, async () =>
      (await cell.world.exec('edge', 'nft', ['list', 'ruleset'])).stdout.includes('198.18.1.42'),
    )
    await until('it is held', 10_000, () => holds('orders', 'o-1'))
    assert.deepEqual(reports('o-1'), [])
    await free()
    await until('it is reported', 30_000, () => reports('o-1').length > 0)
    assert.deepEqual([reports('o-1'), await events('198.18.1.42')], [['enforced'], 1])
    assert.ok((await linked.contained()).includes('198.18.1.42'))
  })

  it('an order that is given and released before there is room stays released', async () => {
    await useUp()
    peer.send(peer.add(order('o-2', '198.18.1.43')))
    await until('it is held', 10_000, () => holds('orders', 'o-1', 'o-2'))
    peer.send(peer.add(order('o-2', '198.18.1.43', { action: 'release' })))
    await until('it is held no more', 10_000, () => holds('orders', 'o-1'))
    await free()
    await until('both are reported', 30_000, () => reports('o-2').length === 2)
    assert.ok(!(await linked.contained()).includes('198.18.1.43'))
    await cell.restart('SIGKILL')
    await linked.stands()
    assert.ok(!(await linked.contained()).includes('198.18.1.43'))
  })

  it('a permit that is given and revoked before there is room lets nothing through any more', async () => {
    const opens = () => linked.knock('ews', 22)
    assert.equal(await opens(), false)
    await useUp()
    peer.send(permit('p-1', 'permit'))
    await until('it is held', 10_000, () => holds('permits', 'p-1'))
    assert.equal(await opens(), true)
    peer.send(permit('p-1', 'revoke'))
    await until('it is held no more', 10_000, () => holds('permits'))
    assert.equal(await opens(), false)
    await free()
    await until('both are reported', 30_000, () => reports('p-1').length === 2)
    assert.deepEqual([await opens(), reports('p-1')], [false, ['enforced', 'enforced']])
    assert.deepEqual(await cell.daemon.call('permits', {}), [])
  })
})
