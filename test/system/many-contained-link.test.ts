/** A manager's orders at an edge where a flood of strangers is contained: nobody waits until all of them are looked through. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listContained } from '#edge/kernel/containment.ts'
import { Nft } from '#linux/nftables.ts'
import { table } from '#policy/nft/names.ts'
import { ToEdge } from '#schema/link-frames.ts'
import { Linked, order } from './edge-link/linked.ts'
import { until } from './orders/cell.ts'

const strangers = 65_536
const patience = 60_000
const ipOf = (number: number): string => `100.64.${number >> 8}.${number & 255}`
const macOf = (number: number): string =>
  `02:11:00:00:${[number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`

describe('where 65,536 strangers are contained, a manager', () => {
  let linked: Linked
  let nft: Nft
  /** ms that all of them take at once, here and now. */
  let atOnce = 0
  before(async () => {
    linked = await Linked.start('many')
    nft = Nft.open({ namespace: linked.cell.world.edge })
    for (let from = 0; from < strangers; from += 4096) {
      const elements = Array.from({ length: 4096 }, (_, at) => {
        const number = from + at
        return `"cell" . 0 . ${macOf(number)} . ${ipOf(number)} timeout 3600s`
      })
      const filled = nft.run(`add element bridge ${table} strangers4 { ${elements.join(', ')} }`)
      assert.ok(filled.ok, 'the set takes them')
    }
    const began = performance.now()
    assert.equal(listContained(nft, 'bridge').length, strangers)
    atOnce = performance.now() - began
  })
  after(async () => {
    nft.close()
    await linked.close()
  })

  /** Longest time, in ms, that a small question waits until something is done. */
  const longestWait = async (begin: () => void, isDone: () => boolean): Promise<number> => {
    let waited = 0
    const over = new AbortController()
    const asking = (async () => {
      while (!over.signal.aborted) {
        const began = performance.now()
        await linked.cell.daemon.call('permits', {}, { timeoutMs: patience })
        waited = Math.max(waited, performance.now() - began)
        await sleep(5)
      }
    })()
    begin()
    try {
      await until('it is done', patience, isDone)
    } finally {
      over.abort()
      await asking
    }
    return waited
  }
  const reports = (prefix: string) => linked.peer.stateReports.filter(({ id }) => id.startsWith(prefix))

  it('releases many of them while others have their turn', async () => {
    const { peer } = linked
    const from = peer.revisions.orders
    const some = Array.from({ length: 12 }, (_, at) =>
      peer.add(order(`r-${at}`, ipOf(at * 5000), { action: 'release' })),
    )
    const objects = some.flatMap((frame) => (frame.type === 'state' ? frame.objects : []))
    const together = ToEdge.parse({ type: 'state', stream: 'orders', from, to: from + objects.length, objects })
    const waited = await longestWait(
      () => peer.send(together),
      () => reports('r-').length === objects.length,
    )
    assert.ok(waited < atOnce / 2, `${waited.toFixed(0)} ms, all of them at once take ${atOnce.toFixed(0)} ms`)
    assert.ok(reports('r-').every(({ outcome, text }) => outcome === 'enforced' && text === undefined))
    const left = new Set(listContained(nft, 'bridge').map(({ ip }) => ip))
    assert.deepEqual(
      Array.from({ length: 12 }, (_, at) => left.has(ipOf(at * 5000))),
      Array<boolean>(12).fill(false),
    )
    assert.ok(left.has(ipOf(1)) && left.has(ipOf(5001)))
  })

  it('says of an address that was released before, or never contained, that it was not', async () => {
    const { peer } = linked
    const from = peer.revisions.orders
    const some = ['t-1', 't-2', 't-3'].map((id, at) =>
      peer.add(order(id, at === 2 ? '198.18.1.41' : ipOf(7), { action: 'release' })),
    )
    const objects = some.flatMap((frame) => (frame.type === 'state' ? frame.objects : []))
    peer.send(ToEdge.parse({ type: 'state', stream: 'orders', from, to: from + objects.length, objects }))
    await until('all are reported', patience, () => reports('t-').length === 3)
    assert.deepEqual(
      ['t-1', 't-2', 't-3'].map((id) => reports(id)[0]?.text),
      [undefined, 'it was not contained', 'it was not contained'],
    )
  })

  it('ends an order by a snapshot while others have their turn', async () => {
    const { peer } = linked
    peer.send(peer.add(order('s-1', '198.18.1.42')))
    await until('it is enforced', patience, () => reports('s-1').length === 1)
    peer.revisions.orders++
    const digests = peer.digests.length
    const waited = await longestWait(
      () => peer.send(peer.snapshot('orders', [])),
      () =>
        peer.digests
          .slice(digests)
          .some(({ streams }) => streams.find(({ stream }) => stream === 'orders')?.count === 0),
    )
    assert.ok(waited < atOnce / 2, `${waited.toFixed(0)} ms, all of them at once take ${atOnce.toFixed(0)} ms`)
    assert.ok(!listContained(nft, 'bridge').some(({ ip }) => ip === '198.18.1.42'))
  })
})
