import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { EventDraft } from '#schema/event.ts'
import { Tally } from './tally.ts'

const draft = (port: number, count?: number): EventDraft => ({
  kind: 'denial',
  source: { ip: '198.18.1.70' },
  destination: { ip: '198.18.1.10' },
  protocol: 'udp',
  port,
  ...(count === undefined ? {} : { count }),
})
const at = (ms: number) => ({ monotonic: ms, wall: 1_800_000_000_000 + ms })
const sum = (drafts: readonly EventDraft[]) => drafts.reduce((total, { count = 1 }) => total + count, 0)

describe('a tally', () => {
  it('tells the first packet at once and the others when they are due, and nothing is missing', () => {
    const tally = new Tally(0, 0, 0)
    assert.equal(sum(tally.add(draft(9), at(0))), 1)
    assert.equal(sum(tally.add(draft(9, 41), at(5000))), 0)
    assert.equal(tally.settle(42, 5000), undefined)
    assert.equal(sum(tally.due(10_000)), 41)
    assert.equal(tally.settle(42, 10_000), undefined)
  })

  it('finds what was counted a comparison ago and never passed on, and not what may still be on its way', () => {
    const tally = new Tally(0, 0, 0)
    assert.equal(tally.settle(7, 10_000), undefined)
    tally.add(draft(9, 5), at(11_000))
    assert.equal(tally.settle(9, 20_000)?.missing, 2)
    assert.equal(tally.settle(9, 30_000)?.missing, 2)
    assert.equal(tally.settle(9, 40_000), undefined)
  })

  it('begins with what the kernel counted and no earlier daemon told', () => {
    const tally = new Tally(30, 100, 0)
    assert.equal(tally.settle(100, 0)?.missing, 70)
    assert.equal(tally.settle(100, 10_000), undefined)
  })

  it('begins anew with counters that began anew', () => {
    const restarted = new Tally(1000, 3, 0)
    assert.equal(restarted.settle(3, 0)?.missing, 3)
    const flushed = new Tally(0, 0, 0)
    flushed.add(draft(9, 100), at(0))
    assert.equal(flushed.settle(100, 0), undefined)
    assert.equal(flushed.settle(0, 10_000), undefined)
    flushed.add(draft(10, 4), at(11_000))
    assert.equal(flushed.settle(6, 20_000), undefined)
    assert.equal(flushed.settle(6, 30_000)?.missing, 2)
  })

  it('tells again what could not be stored', () => {
    const tally = new Tally(0, 0, 0)
    const told = tally.add(draft(9, 10), at(0))
    tally.stored(sum(told), false)
    assert.equal(tally.told, 0)
    tally.settle(10, 10_000)
    assert.equal(tally.settle(10, 20_000)?.missing, 10)
    tally.stored(10, true)
    assert.equal(tally.told, 10)
  })

  it('adds up exactly, whatever order packets, records, losses and summaries come in', () => {
    let seed = 7
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    const tally = new Tally(0, 0, 0)
    let total = 0
    let told = 0
    const tell = (drafts: readonly EventDraft[]) => {
      told += sum(drafts)
      tally.stored(sum(drafts), true)
    }
    for (let ms = 0; ms < 600_000; ms += 100) {
      const packets = 1 + random(20)
      total += packets
      // One in five is never reported.
      if (random(5) > 0) tell(tally.add(draft(random(3000), packets), at(ms)))
      if (ms % 1000 === 0) tell(tally.due(ms))
      const found = ms % 10_000 === 0 ? tally.settle(total, ms) : undefined
      if (found !== undefined) tell([draft(0, found.missing)])
    }
    for (let i = 0; i < 2; i++) {
      const found = tally.settle(total, 600_000)
      if (found !== undefined) tell([draft(0, found.missing)])
    }
    tell(tally.drain())
    assert.equal(told, total)
    assert.equal(tally.told, total)
  })
})
