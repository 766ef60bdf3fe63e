/** A linked edge that is killed, and one that has no line. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { UpBundle } from '#schema/link-bundles.ts'
import { FromEdge } from '#schema/link-frames.ts'
import { Signed } from '#schema/link-objects.ts'
import { type Cell, until } from './orders/cell.ts'
import { identity, Linked, order } from './edge-link/linked.ts'
import type { Peer } from './edge-link/peer.ts'

let linked: Linked
let cell: Cell
let peer: Peer
before(async () => {
  linked = await Linked.start('linkkilled')
  cell = linked.cell
  peer = linked.peer
})
after(() => linked.close())

describe('killed', () => {
  it(
    'in the middle of orders and batches, the edge loses nothing and tells nothing twice',
    { timeout: 90_000 },
    async () => {
      const rounds = process.env['BULKHEAD_TEST'] === 'long' ? 20 : 3
      const all: string[] = []
      peer.onHello = ({ have }) => {
        const newer = peer.objects.filter((one) => one.type === 'order' && one.revision > have.orders)
        const { orders } = peer.revisions
        const from = have.orders
        if (newer.length > 0)
          peer.send({
            type: 'state',
            stream: 'orders',
            from,
            to: orders,
            objects: newer.map((one) => peer.authority.sign(one)),
          })
      }
      for (let round = 0; round < rounds; round++) {
        for (let at = 0; at < 30; at++) {
          const id = `k-${round}-${at}`
          all.push(id)
          peer.send(peer.add(order(id, `198.51.100.${(round * 30 + at) % 250}`)))
        }
        await sleep((round * 13) % 40)
        await cell.restart('SIGKILL')
        await linked.stands()
      }
      await until('every order is reported', 15_000, () =>
        all.every((id) => peer.stateReports.some((one) => one.id === id)),
      )
      await until('everything arrived', 10_000, async () => (await cell.status()).manager?.waiting === 0)
      const held = await linked.contained()
      for (let at = 0; at < Math.min(250, rounds * 30); at++)
        assert.ok(held.includes(`198.51.100.${at}`), `198.51.100.${at}`)
      const bodies = peer.of('P0').map(({ body }) => body)
      for (const id of all.slice(-250))
        assert.equal(bodies.filter((body) => body.includes(`order ${id} of`)).length, 1, `${id} is told once`)
      const numbers = peer.of('P0').map(({ n }) => n)
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => at + 1),
        'the chain is whole',
      )
      peer.onHello = () => {}
    },
  )
})

describe('without a line', () => {
  it('a file carries up what the manager lacks, and another brings orders and acknowledges', async () => {
    await peer.stop()
    await until('the link is down', 30_000, async () => (await cell.status()).manager?.connected === false)
    await cell.daemon.call('contain', { ip: '198.18.1.55', reason: 'offline', by: 'bob' })
    const up = join(linked.folder, 'up')
    assert.match(await cell.edge('export', up), /\d+ events? and \d+ lines/)
    const [head = '', ...lines] = readFileSync(up, 'utf8').trimEnd().split('\n')
    const bundle = UpBundle.parse(JSON.parse(Signed.parse(JSON.parse(head)).body))
    assert.deepEqual(
      [bundle.lines, bundle.hash],
      [
        lines.length,
        createHash('sha256')
          .update(`${lines.join('\n')}\n`)
          .digest('hex'),
      ],
    )
    const frames = lines.map((line) => FromEdge.parse(JSON.parse(line)))
    assert.equal(frames[0]?.type, 'hello')
    assert.equal(frames.at(-1)?.type, 'digest')
    const batches = frames.filter((frame) => frame.type === 'events')
    assert.ok(batches.some(({ events }) => events.some(({ body }) => body.includes('198.18.1.55'))))
    const store = batches[0]?.store ?? ''
    const acknowledged = Object.fromEntries(batches.map((batch) => [batch.class, batch.events.at(-1)?.seq ?? 0]))

    const down = (change: (lines: string[]) => string[] = (same) => same): string => {
      const body = [JSON.stringify(frame)].map((line) => `${line}\n`)
      const hash = createHash('sha256').update(body.join('')).digest('hex')
      const header = {
        type: 'bundle-down',
        ...identity,
        at: Date.now(),
        lines: body.length,
        hash,
        acknowledged: { [store]: acknowledged },
      }
      const path = join(linked.folder, 'down')
      writeFileSync(path, [`${JSON.stringify(peer.authority.sign(header))}\n`, ...change(body)].join(''))
      return path
    }
    const frame = peer.add(order('s-1', '198.18.1.56'))
    assert.match(
      await cell.edge('export', join(linked.folder, 'up-2'), '--state', cell.daemon.state),
      /\d+ events? and/,
    )
    const spoilt = down((body) => body.map((line) => line.replace('198.18.1.56', '198.18.1.57')))
    const { code, stderr } = await cell.tried('import', spoilt)
    assert.notEqual(code, 0)
    assert.match(stderr, /not those that were signed/)
    assert.match(await cell.edge('import', down()), new RegExp(`orders ${peer.revisions.orders}`))
    assert.ok((await linked.contained()).includes('198.18.1.56'))
    assert.ok(((await cell.status()).manager?.waiting ?? 99) < 10)
    await peer.start()
  })
})
