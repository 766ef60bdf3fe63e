/** Conduits that ask for a risk, in a real kernel between real TCP stacks. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { listRisks, putRisks } from '#edge/kernel/risk.ts'
import { unload } from '#edge/kernel/generations.ts'
import { listSet } from '#edge/kernel/elements.ts'
import { openStore } from '#edge/store/open.ts'
import { Nft } from '#linux/nftables.ts'
import { table } from '#policy/nft/names.ts'
import { given } from '../fixtures/given.ts'
import { bulkheadAtEdge, startDaemon } from './edge-process.ts'
import { addresses, Cell, policyOf, type Talker } from './inspection/cell.ts'

const read = (id: string) => `${id} 0000 0006 ff 03 0000 0001`
const write = (id: string) => `${id} 0000 0006 ff 06 0000 0001`

const policy = (...conduits: readonly Record<string, unknown>[]): string =>
  JSON.stringify({
    ...JSON.parse(policyOf({ service: 'modbus' }, 'enforce')),
    conduits: conduits.map((conduit, at) => ({ id: `c${at}`, from: 'hmi', to: 'plc', reason: 'test', ...conduit })),
  })

/** As a manager's object would: the risk of the operator's address, for so many ms. */
const rate = (cell: Cell, nft: Nft, score: number, ms = 600_000): void => {
  const now = Date.now()
  const risk = { ip: addresses.hmi, score, expires: now + ms }
  putRisks({ nft, family: 'bridge' }, [risk], now, cell.world.edge)
}

const open = async (cell: Cell): Promise<Talker> => {
  const plc = cell.start('plc', 'lab/devices/plc.ts', ['--host', addresses.plc])
  await plc.line()
  const hmi = cell.start('hmi')
  assert.ok('port' in (await hmi.ask({ connect: [addresses.plc, 502] })), cell.daemon.log())
  return hmi
}
const kernelOf = (cell: Cell): Nft & Disposable => {
  const nft = Nft.open({ namespace: cell.world.edge })
  return Object.assign(nft, { [Symbol.dispose]: () => nft.close() })
}

/** As if a manager had said it to an earlier daemon: the store has it. */
const remember = async (cell: Cell, score: number): Promise<void> => {
  await cell.daemon.stop()
  const store = openStore({ path: join(cell.daemon.state, 'edge.db') })
  const risk = { stream: 'risk', id: 'test hmi', revision: 1, ip: addresses.hmi } as const
  store.held.put({ ...risk, expires: Date.now() + 600_000, became: String(score) })
  store.close()
}
const scores = (nft: Nft) => listRisks(nft, 'bridge').map(({ ip, score }) => `${ip} ${score}`)
const risky = (nft: Nft) => listSet(nft, 'bridge', table, 'risk40_4').map(({ key }) => key.join())

describe('a risk that a manager told', () => {
  test('holds after a restart of the machine and after a flush of the rules, with the manager away', async () => {
    await using cell = await Cell.build('risk-kept', {
      policy: policy({ service: 'modbus', when: { 'risk-below': 40 } }),
    })
    await remember(cell, 55)
    using nft = kernelOf(cell)
    const holds = () => assert.deepEqual([scores(nft), risky(nft)], [[`${addresses.hmi} 55`], [addresses.hmi]])
    unload(nft)
    const { code, stderr } = await bulkheadAtEdge(cell.world, ['edge', 'load', '--state', cell.daemon.state])
    assert.equal(code, 0, stderr)
    holds()
    unload(nft)
    const { policyFile, state, socket } = cell.daemon
    await using daemon = await startDaemon(cell.world, { edge: 'edge', policyFile, state, socket })
    holds()
    await sleep(2500)
    unload(nft)
    for (let tries = 0; tries < 200 && (await daemon.events({ kind: ['reapply'] })).length === 0; tries++)
      await sleep(100)
    holds()
  })
})

describe('a conduit with risk-below: 40', () => {
  test('ends for a source at it in the middle of a connection, also with the daemon dead, and comes back with the end of the risk', async () => {
    await using cell = await Cell.build('risk', { policy: policy({ service: 'modbus', when: { 'risk-below': 40 } }) })
    const hmi = await open(cell)
    using nft = kernelOf(cell)
    assert.match(await hmi.exchange(read('0001'), 11), /^0001/)
    rate(cell, nft, 39)
    assert.match(await hmi.exchange(read('0002'), 11), /^0002/)
    rate(cell, nft, 40)
    assert.equal(await hmi.exchange(read('0003'), 11, 300), '', 'one packet went through')
    await sleep(300)
    const events = await cell.daemon.events({ limit: 100 })
    const denial = events.find(({ reason }) => reason === 'risk-too-high')
    assert.equal(denial?.conduit, 'c0', events.map(({ kind, text }) => `${kind}: ${text}`).join('\n'))
    const why = await cell.daemon.call('explain', { from: 'hmi', to: 'plc', service: 'modbus' })
    assert.match(why.text, /risk 40 is not below 40/)
    await cell.daemon.kill('SIGKILL')
    rate(cell, nft, 55, 700)
    assert.deepEqual(
      listRisks(nft, 'bridge').map(({ ip, score }) => ({ ip, score })),
      [{ ip: addresses.hmi, score: 55 }],
    )
    // What was lost comes again by TCP, once the kernel has let the risk end by itself.
    assert.match(await hmi.exchange('', 11, 5000), /^0003/)
    assert.match(await hmi.exchange(read('0004'), 11), /^0004/)
  })

  test('of commands takes these alone away, and the connection goes on', async () => {
    await using cell = await Cell.build('risk-commands', {
      policy: policy(
        { service: 'modbus', allow: ['read'] },
        { service: 'modbus', allow: ['read', 'write'], when: { 'risk-below': 40 } },
      ),
    })
    const hmi = await open(cell)
    using nft = kernelOf(cell)
    assert.match(await hmi.exchange(read('0001'), 11), /^0001/)
    // Exception 02 is the controller's own: the edge says 01.
    assert.equal(await hmi.exchange(write('0002'), 9), '000200000003ff8602')
    rate(cell, nft, 55)
    assert.equal(await hmi.exchange(write('0003'), 9), '000300000003ff8601')
    assert.match(await hmi.exchange(read('0004'), 11), /^0004/)
    rate(cell, nft, 0)
    assert.equal(await hmi.exchange(write('0005'), 9), '000500000003ff8602')
  })

  test('of a policy that comes later knows the risks from before it', async () => {
    await using cell = await Cell.build('risk-apply', { policy: policy({ service: 'modbus' }) })
    const hmi = await open(cell)
    using nft = kernelOf(cell)
    rate(cell, nft, 55)
    assert.match(await hmi.exchange(read('0001'), 11), /^0001/)
    const path = join(cell.daemon.state, 'later.yaml')
    writeFileSync(path, policy({ service: 'modbus', when: { 'risk-below': 50 } }))
    await cell.daemon.call('apply', { ...given(path), by: 'test' })
    assert.equal(await hmi.exchange(read('0002'), 11, 300), '')
    await assert.rejects(
      cell.daemon.call('permit', {
        from: addresses.hmi,
        to: addresses.plc,
        service: 'tcp/502',
        for: '1h',
        reason: 'test',
        by: 'test',
        'risk-below': 50,
      }),
      /The risk of 198\.18\.1\.70, 55, is not below 50/,
    )
    rate(cell, nft, 49)
    assert.match(await hmi.exchange('', 11, 5000), /^0002/)
  })
})
