/** A device that nobody knew of, at an address that was approved for decoys: it keeps its address from the first moment. */
import assert from 'node:assert/strict'
import { after, before, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Segment } from './decoy-scan/segment.ts'

const device = '198.18.1.60'
let segment: Segment
before(async () => {
  segment = await Segment.open({ hidden: [device], listenFor: '8s' })
})
after(() => segment.close())

const list = () => segment.daemon.call('decoys', {})
const rows = async () => (await list()).decoys.filter(({ address }) => address === device).map(({ state }) => state)

it('is asked for by its neighbour, and answers alone; no decoy comes to it when all others stand', async () => {
  const limit = performance.now() + 20_000
  while ((await list().catch(() => undefined))?.listening === undefined) {
    assert.ok(performance.now() < limit, segment.daemon.log())
    await sleep(50)
  }
  const { decoys, listening } = await list()
  assert.deepEqual(decoys, [])
  assert.ok((listening?.addresses ?? 0) > 200)
  // Silent until now: the first who looks for it asks everybody.
  await segment.visit()
  assert.ok(await segment.connects(device, 2000))
  const standing = await segment.standing()
  assert.ok(standing.filter(({ state }) => state === 'standing').length > 200)
  assert.deepEqual(await rows(), ['withdrawn'])
  assert.ok(await segment.connects(device, 2000))
})

it('keeps its address, whoever wants a decoy there', async () => {
  const order = { addresses: [device], reason: 'a mistake', by: 'test' }
  await assert.rejects(segment.daemon.call('decoys-return', order), /Somebody was heard at 198\.18\.1\.60 \d s ago/)
  assert.deepEqual(await rows(), ['withdrawn'])
  assert.ok(await segment.connects(device, 2000))
})
