/** Flash that loses a block of the store in a power cut keeps no line from running: what was confirmed is there once more. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { storePath } from '#edge/context.ts'
import { running } from '#edge/kernel/generations.ts'
import { bulkheadAtEdge } from './edge-process.ts'
import { Cell, policyText, tcpFrame, until } from './orders/cell.ts'

let cell: Cell
before(async () => {
  cell = await Cell.start('damaged', policyText())
})
after(() => cell.world.close())

const load = () => bulkheadAtEdge(cell.world, ['edge', 'load', '--state', cell.daemon.state])
const enforced = () => running(cell.world.edge)?.digest
const spare = '02:00:00:00:01:99'

test('the line runs by what was confirmed, with what was changed at this edge', async () => {
  const { digest: was } = (await cell.status()).plan
  await cell.edge('replace-asset', 'plc', '--mac', spare)
  const { digest } = (await cell.status()).plan
  assert.notEqual(digest, was)
  const copy = join(cell.daemon.state, 'confirmed.json')
  await until('the copy says so', 30_000, () => existsSync(copy) && readFileSync(copy, 'utf8').includes(spare))
  process.kill(cell.daemon.pid, 'SIGKILL')
  await cell.daemon.exited
  // A machine that restarts, and finds no database.
  await cell.world.exec('edge', 'nft', ['flush', 'ruleset'])
  await cell.world.exec('edge', 'ip', ['link', 'delete', 'br0'])
  writeFileSync(storePath(cell.daemon.state), 'lost '.repeat(10_000))

  const { code, stdout, stderr } = await load()
  assert.equal(code, 0, stderr)
  assert.match(stdout, /confirmed last, is enforced as generation 1/)
  assert.match(stderr, /edge\.db is damaged.*Containments that were ordered are not in force/)
  assert.equal(enforced(), digest)
  await cell.forwards()
  const poll = tcpFrame({ from: 'hmi', to: 'plc' }, 502)
  assert.equal(await cell.passes('hmi', 'plc', poll), true)
  assert.equal(await cell.passes('laptop', 'plc', tcpFrame({ from: 'laptop', to: 'plc' }, 502)), false)
  const answer = tcpFrame({ from: 'plc', to: 'hmi', mac: spare }, 40_000, { sport: 502, flags: 0x12 })
  assert.equal(await cell.passes('plc', 'hmi', answer), true, 'the spare is known')

  // A cut at that moment as well.
  rmSync(copy)
  const none = await load()
  assert.notEqual(none.code, 0)
  assert.match(none.stderr, /edge\.db is damaged/)
  assert.equal(enforced(), digest, 'what is enforced stays')
})
