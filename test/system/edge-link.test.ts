/** A real edge in namespaces, and a manager at the other end of its link that sends what these tests say. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHash } from 'node:crypto'
import { textHash } from '#edge/link/verify.ts'
import { FromEdge, Signed, stateDigestText, StateObject, type ToEdge, UpBundle } from '#schema/link.ts'
import { Cell, edgeName, hosts, policyText, tcpFrame, until } from './orders/cell.ts'
import { makeAuthority } from './edge-link/authority.ts'
import { bulkheadAtEdge } from './edge-process.ts'
import { type Peer, startPeer } from './edge-link/peer.ts'

const identity = { site: 'riverside', edge: edgeName }
const folder = mkdtempSync('/run/bulkhead-link-')
const responses = '  - { zone: supervisory, event: sensor, known: contain 1m, agreed-by: [security, operations] }'
const policy = policyText({ responses })
const rogue = '198.18.1.40'
let cell: Cell
let peer: Peer

const knock = (from: 'ews' | 'historian' | 'laptop' | 'hmi', port = 502) =>
  cell.passes(from, 'plc', tcpFrame({ from, to: 'plc' }, port))
const contained = async () =>
  (await cell.status()).containments.filter(({ kind }) => kind === 'ordered').map(({ ip }) => ip)
const said = (id: string, count = 1) =>
  until(`${count} reports of ${id}`, 4000, () => peer.stateReports.filter((one) => one.id === id).length >= count)
const report = async (id: string) => {
  await said(id)
  return peer.stateReports.findLast((one) => one.id === id)
}
const order = (id: string, ip: string, more: object = {}) => ({
  type: 'order' as const,
  id,
  scope: { level: 'fleet' },
  by: 'ana',
  reason: 'worm',
  at: Date.now(),
  action: 'contain',
  ip,
  expires: Date.now() + 600_000,
  ...more,
})
/** What orders have in common with permits and risk. */
const without = (id: string) => {
  const { action: _, ip: __, ...rest } = order(id, rogue)
  return rest
}
const cause = { site: 'north', edge: 'gate', event: '01KAJ3Q4V8ZZZZZZZZZZZZZZZZ', detected: 1 }
const linked = () => until('the link stands', 8000, () => peer.connected && peer.hellos.length > 0)
const nextDigest = async () => {
  const before = peer.digests.length
  await until('a digest comes', 4000, () => peer.digests.length > before)
  return peer.digests.at(-1)
}
const tampers = async () => (await cell.daemon.events({ kind: ['tamper'] })).map(({ text }) => text)

before(async () => {
  peer = await startPeer({ identity, path: join(folder, 'manager.sock'), digest: 1 })
  cell = await Cell.start('link', policy)
  writeFileSync(join(folder, 'token'), peer.token())
  const words = ['edge', 'enrol', '--token-file', join(folder, 'token'), '--state', cell.daemon.state]
  const { code, stderr } = await bulkheadAtEdge(cell.world, words)
  assert.equal(code, 0, stderr)
  await linked()
})
after(async () => {
  await cell.close()
  await peer.stop()
})
describe('an order', () => {
  it('is in the kernel before it is reported, within milliseconds, and names who gave it', async () => {
    const frame = peer.add(order('o-1', rogue))
    const sent = Date.now()
    peer.send(frame)
    const told = await report('o-1')
    assert.equal(told?.outcome, 'enforced')
    assert.ok((told?.kernelMs ?? 99) < 20, `${told?.kernelMs} ms in the kernel`)
    assert.ok((told?.at ?? 0) - sent < 100, 'it took too long')
    assert.deepEqual(await contained(), [rogue])
    const row = (await cell.status()).containments.find(({ ip }) => ip === rogue)
    assert.equal(row?.by, 'manager peer-1: ana')
    assert.match(row?.reason ?? '', /worm \(order o-1 of manager peer-1\)/)
    await until('its event arrives', 3000, () => peer.of('P0').some(({ body }) => body.includes('order o-1')))
  })

  it('that comes again changes nothing, and one that is older is refused and recorded', async () => {
    const [made] = peer.objects
    assert.ok(made !== undefined)
    const again: ToEdge = { type: 'state', stream: 'orders', from: 0, to: 1, objects: [peer.authority.sign(made)] }
    peer.send(again)
    peer.send(peer.add(order('o-2', '198.18.1.41')))
    await report('o-2')
    assert.equal(
      (await cell.daemon.events({ kind: ['containment'] })).filter(({ text }) => text.includes('o-1')).length,
      1,
    )
    peer.send(again)
    await until('it is recorded', 3000, async () =>
      (await tampers()).some((text) => text.includes('revision 1 of orders')),
    )
  })

  const forgeries: readonly [name: string, frame: () => ToEdge][] = [
    ['signed by another manager', () => ({ ...next(), objects: [makeAuthority().sign(order('f-1', '198.18.1.42'))] })],
    [
      'for another edge',
      () => ({
        ...next(),
        objects: [
          peer.authority.sign({
            ...order('f-2', '198.18.1.42'),
            revision: peer.revisions.orders + 1,
            scope: { level: 'edge', site: 'riverside', edge: 'other' },
          }),
        ],
      }),
    ],
    [
      'of another kind than its stream',
      () => ({
        ...next(),
        stream: 'permits',
        from: 0,
        to: 9,
        objects: [peer.authority.sign({ ...order('f-3', '198.18.1.42'), revision: 9 })],
      }),
    ],
    [
      'whose words were changed',
      () => {
        const signed = peer.authority.sign({ ...order('f-4', '198.18.1.43'), revision: peer.revisions.orders + 1 })
        return { ...next(), objects: [{ ...signed, body: signed.body.replace('198.18.1.43', '198.18.1.42') }] }
      },
    ],
    [
      'in a snapshot that lacks one',
      () => {
        const whole = peer.snapshot(
          'orders',
          peer.objects.filter(({ type }) => type === 'order'),
        )
        return whole.type === 'state' ? { ...whole, objects: whole.objects.slice(1) } : whole
      },
    ],
  ]
  const next = (): Extract<ToEdge, { type: 'state' }> => ({
    type: 'state',
    stream: 'orders',
    from: peer.revisions.orders,
    to: peer.revisions.orders + 1,
    objects: [],
  })
  for (const [name, frame] of forgeries)
    it(`${name} changes nothing`, async () => {
      const before = await contained()
      peer.send(frame())
      await sleep(60)
      assert.deepEqual(await contained(), before)
      assert.ok(!peer.stateReports.some(({ id }) => id.startsWith('f-')))
    })

  it('contains no known asset by itself, unless the policy says so, and no person is held to that', async () => {
    peer.send(peer.add(order('o-3', hosts.drive.ip4, { cause })))
    const told = await report('o-3')
    assert.deepEqual([told?.outcome, /nobody agreed for zone cell/.test(told?.text ?? '')], ['refused', true])
    peer.send(peer.add(order('o-4', hosts.ews.ip4, { cause })))
    assert.equal((await report('o-4'))?.outcome, 'enforced')
    peer.send(peer.add(order('o-5', hosts.historian.ip4)))
    assert.equal((await report('o-5'))?.outcome, 'enforced')
    assert.equal(await knock('historian'), false)
  })

  it('whose time is over is not carried out, and one that releases ends what holds', async () => {
    peer.send(peer.add(order('o-6', '198.18.1.44', { expires: Date.now() - 1000 })))
    assert.equal((await report('o-6'))?.outcome, 'expired')
    peer.send(peer.add(order('o-5', hosts.historian.ip4, { action: 'release' })))
    await said('o-5', 2)
    assert.equal(await knock('historian'), true)
    assert.ok(!(await contained()).includes(hosts.historian.ip4))
  })

  it('is counted with what the kernel has', async () => {
    const digest = await nextDigest()
    const orders = digest?.streams.find(({ stream }) => stream === 'orders')
    // Held: o-1, o-2, o-3 (refused here), o-4.
    const held = peer.objects.filter(({ id, type }) => type === 'order' && ['o-1', 'o-2', 'o-3', 'o-4'].includes(id))
    assert.deepEqual(
      [orders?.revision, orders?.count, orders?.enforced, orders?.hash],
      [peer.revisions.orders, 4, 3, textHash(stateDigestText(held))],
    )
    assert.deepEqual([digest?.policy.state, digest?.policy.intact, digest?.status], ['local', true, 'enforcing'])
    assert.equal(digest?.policy.digest, textHash(policy))
  })

  it('that is not in a snapshot ends, and what a person ordered here stays', async () => {
    await cell.daemon.call('contain', { ip: '198.18.1.50', reason: 'own', by: 'bob' })
    const kept = peer.objects.filter(({ id }) => id === 'o-1')
    peer.revisions.orders++
    peer.send(peer.snapshot('orders', kept))
    await until('the rest is released', 3000, async () => (await contained()).length === 2)
    assert.deepEqual((await contained()).toSorted(), [rogue, '198.18.1.50'])
    const digest = await nextDigest()
    assert.equal(digest?.streams[0]?.hash, textHash(stateDigestText(kept)))
    await cell.daemon.call('release', { ip: '198.18.1.50', reason: 'own', by: 'bob' })
  })

  it('by the thousand holds nothing else up', { timeout: 60_000 }, async () => {
    const many = Array.from({ length: 2000 }, (_, at) => ({
      ...order(`m-${at}`, `203.0.${113 + (at >> 8)}.${at & 255}`),
      revision: peer.revisions.orders + 1 + at,
    }))
    const [kept] = peer.objects
    assert.ok(kept !== undefined)
    peer.revisions.orders += many.length
    const started = performance.now()
    const frame = peer.snapshot('orders', [kept, ...many.map((one) => StateObject.parse(one))])
    const signed = performance.now()
    peer.send(frame)
    let slowest = 0
    await until('all are enforced', 30_000, async () => {
      const before = performance.now()
      await cell.daemon.call('permits', {})
      slowest = Math.max(slowest, performance.now() - before)
      return peer.digests.at(-1)?.streams[0]?.enforced === 2001
    })
    console.log(
      `2,000 orders: signed in ${Math.round(signed - started)} ms, enforced in ${Math.round(performance.now() - signed)} ms, longest wait of another ${Math.round(slowest)} ms`,
    )
    assert.ok(slowest < 1500, `${slowest} ms`)
    peer.revisions.orders++
    peer.send(peer.snapshot('orders', [kept]))
    await until('they are released', 30_000, async () => (await contained()).length === 1)
  })
})

describe('permits and risk', () => {
  it('a permit of the manager opens, and closes with its revocation', async () => {
    const permit = (action: 'permit' | 'revoke') => ({
      type: 'permit' as const,
      id: 'p-1',
      scope: { level: 'site', site: 'riverside' },
      by: 'ana',
      reason: 'update',
      at: Date.now(),
      action,
      from: hosts.historian.ip4,
      to: hosts.plc.ip4,
      service: 'tcp/102',
      expires: Date.now() + 60_000,
    })
    peer.send(peer.add(permit('permit')))
    assert.equal((await report('p-1'))?.outcome, 'enforced')
    assert.equal(await knock('historian', 102), true)
    const digest = await nextDigest()
    assert.deepEqual(digest?.streams.map(({ count, enforced }) => [count, enforced])[1], [1, 1])
    peer.send(peer.add(permit('revoke')))
    await said('p-1', 2)
    assert.deepEqual((await cell.status()).permits, [])
  })

  it('a permit that the edge cannot give is refused with its reason', async () => {
    peer.send(
      peer.add({
        ...without('p-2'),
        type: 'permit',
        action: 'permit',
        from: rogue,
        to: hosts.plc.ip4,
        service: 'nonsense',
      }),
    )
    const told = await report('p-2')
    assert.equal(told?.outcome, 'refused')
    assert.match(told?.text ?? '', /nonsense/)
  })

  it('risk is held and counted', async () => {
    peer.send(peer.add({ ...without('r-1'), type: 'risk', score: 55, ip: rogue }))
    assert.equal((await report('r-1'))?.outcome, 'enforced')
    const digest = await nextDigest()
    const risk = digest?.streams.find(({ stream }) => stream === 'risk')
    assert.deepEqual([risk?.count, risk?.enforced], [1, 1])
  })
})

describe('a policy of the manager', () => {
  const shadow = policyText({ responses, modes: { cell: 'shadow' } })
  const outcomes = () => peer.policyReports.map(({ revision, outcome }) => `${revision} ${outcome}`)
  const settled = (text: string, limitMs = 8000) => until(text, limitMs, () => outcomes().includes(text))

  it('is enforced at once, waits for its confirmation, and stays with it', async () => {
    peer.send(peer.policy(3, shadow))
    await settled('3 pending')
    assert.ok((peer.policyReports.at(-1)?.ms ?? 1e9) < 5000)
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'shadow')
    assert.deepEqual([(await nextDigest())?.policy.state, peer.digests.at(-1)?.policy.revision], ['pending', 3])
    peer.send(peer.confirm(3))
    await settled('3 confirmed')
    assert.equal((await cell.status()).plan.confirmed, true)
    assert.deepEqual(
      [(await nextDigest())?.policy.state, peer.digests.at(-1)?.policy.digest],
      ['confirmed', textHash(shadow)],
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
    await linked()
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'contain')
    await settled('6 rolled-back', 16_000)
    assert.equal((await cell.status()).zones.find(({ name }) => name === 'cell')?.mode, 'shadow')
    assert.deepEqual([(await nextDigest())?.policy.state, peer.digests.at(-1)?.policy.revision], ['confirmed', 3])
    assert.ok(!(await cell.daemon.events({ kind: ['apply'] })).some(({ by }) => by === undefined))
  })

  it('makes room for one that a person applies here, and the digest says so', async () => {
    const path = `${cell.daemon.state}/own.yaml`
    writeFileSync(path, policy)
    await cell.daemon.call('apply', { path, by: 'bob' })
    await cell.daemon.call('confirm', { by: 'bob', force: true })
    await until('the digest says so', 4000, () => peer.digests.at(-1)?.policy.state === 'local')
  })
})

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
        await linked()
      }
      await until('every order is reported', 15_000, () =>
        all.every((id) => peer.stateReports.some((one) => one.id === id)),
      )
      await until('everything arrived', 10_000, async () => (await cell.status()).manager?.waiting === 0)
      const held = await contained()
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
    await until('the link is down', 5000, async () => (await cell.status()).manager?.connected === false)
    await cell.daemon.call('contain', { ip: '198.18.1.55', reason: 'offline', by: 'bob' })
    const up = join(folder, 'up')
    assert.match(await cell.edge('export', up), /events and \d+ lines/)
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
      const path = join(folder, 'down')
      writeFileSync(path, [`${JSON.stringify(peer.authority.sign(header))}\n`, ...change(body)].join(''))
      return path
    }
    const frame = peer.add(order('s-1', '198.18.1.56'))
    const spoilt = down((body) => body.map((line) => line.replace('198.18.1.56', '198.18.1.57')))
    const { code, stderr } = await cell.tried('import', spoilt)
    assert.notEqual(code, 0)
    assert.match(stderr, /not those that were signed/)
    assert.match(await cell.edge('import', down()), new RegExp(`orders ${peer.revisions.orders}`))
    assert.ok((await contained()).includes('198.18.1.56'))
    assert.ok(((await cell.status()).manager?.waiting ?? 99) < 10)
    await peer.start()
  })
})
