import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { planOf, Wire } from '#inspect/wire.ts'
import type { Flow } from '#inspect/flow.ts'
import { Ledger } from './ledger.ts'

const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
after(() => rmSync(folder, { recursive: true }))

const write = '0001 0000 0006 01 06 0064 0384'

/** A connection that carried a refusal. */
const refused = (wire: Wire): Flow => {
  wire.open()
  wire.tcp('client', 1000, 5000, write)
  const flow = [...wire.inspector.flows].find(({ ports }) => ports.includes(wire.clientPort))
  assert.ok(flow)
  return flow
}

test('a connection that is over leaves its place to the next one', () => {
  const wire = new Wire(planOf({ allow: ['read'] }))
  const ledger = new Ledger(join(folder, 'over'))
  for (let count = 0; count < 1100; count++) {
    wire.clientPort = 10_000 + count
    const flow = refused(wire)
    ledger.keep(flow)
    assert.ok(flow.record >= 0, `connection ${count}`)
    wire.tcp('client', 1012, 5009, '', 4)
    wire.inspector.flows.sweep(wire.now + 7_200_000, 3_600_000)
    ledger.sweep()
  }
  assert.equal(ledger.count, 0)
  assert.deepEqual(ledger.resets(), [])
  ledger.close()
})

test('a connection opened anew with the ports of one that carried a refusal is not reset for it', () => {
  const wire = new Wire(planOf({ allow: ['read'] }))
  const ledger = new Ledger(join(folder, 'anew'))
  const flow = refused(wire)
  ledger.keep(flow)
  assert.equal(ledger.count, 1)
  wire.tcp('client', 7_000_000, 0, '', 2)
  wire.tcp('server', 9_000_000, 7_000_001, '', 0x12)
  ledger.keep(flow)
  assert.deepEqual(ledger.resets(), [])
  ledger.close()
})

for (const [recorded, resets] of [
  ['unfinished', 2],
  ['translated', 0],
] as const)
  test(`in the ledger of ${recorded} connections, one in the midst of a message is reset ${resets} times`, () => {
    const wire = new Wire(planOf({ allow: ['read'] }))
    const ledger = new Ledger(join(folder, recorded), recorded)
    wire.open()
    wire.tcp('client', 1000, 5000, write.slice(0, 20))
    const [flow] = wire.inspector.flows
    assert.ok(flow)
    ledger.keep(flow)
    assert.equal(ledger.resets().length, resets)
    wire.tcp('client', 1008, 5000, write.slice(20))
    ledger.keep(flow)
    assert.equal(ledger.count, 0)
    ledger.close()
  })
