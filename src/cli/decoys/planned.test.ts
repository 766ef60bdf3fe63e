import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Persona } from '#core/persona.ts'
import type { PlanDecoys, PlanPool } from '#policy/plan.ts'
import { Output } from '../output.ts'
import { planned, plannedText } from './planned.ts'

const persona: Persona = {
  id: 's7',
  title: 's7',
  vendor: 'v',
  model: 'm',
  firmware: '1',
  kind: 'plc',
  ouis: ['00:1b:1b'],
  ttl: 64,
  window: 8192,
  timestamps: false,
  windowScaling: false,
  sack: false,
  serial: '########',
  name: 'plc-####',
  services: [],
}
const span = (net: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${net}.${from + i}`)
const pool = (given: Partial<PlanPool> = {}): PlanPool => ({
  id: 'fill',
  zone: 'cell',
  addresses: span('198.18.1', 32, 91),
  real: span('198.18.1', 25, 27),
  prefix: 24,
  personas: [{ persona: 's7', count: 'rest' }],
  budget: { after: 8 },
  ...given,
})
const plan = (...pools: readonly PlanPool[]): PlanDecoys => ({
  device: 'bh-decoy',
  pools,
  dark: [],
  deceive: [],
  maxMacs: 4,
  withdrawFor: 1,
  honeytokens: [],
  keepSessions: 1,
})
const options = { seed: new Uint8Array(32), epoch: 3, sources: 5, runs: 2000 }
const sink = { text: '', write: (text: string) => text }
const textOf = (of: PlanDecoys) =>
  plannedText(new Output({ json: false, stdout: sink }), planned(of, options, { s7: persona }))

describe('a plan of decoys', () => {
  test('that is full says that every target is reached, and where decoys stand', () => {
    const found = planned(plan(pool()), options, { s7: persona })
    assert.ok(found.reached)
    assert.deepEqual([found.all.decoys, found.all.real, found.all.dark, found.advice.length], [60, 3, 1, 1])
    const text = textOf(plan(pool()))
    assert.match(text, /^60 decoys on 4 stations with an Ethernet address each, epoch 3\n/)
    assert.match(text, /fill +s7 +00:1b:1b(:[0-9a-f]{2}){3} +\d+ +198\.18\.1\.\d+/)
    assert.match(text, /fill +60 +60 +3 +100 % +95\.2 % +0\.049 +3 +0\n/)
    assert.match(text, /5 sources, each lost at its first decoy, find 0\.\d\d of 3 together \(formula 0\.24\)/)
    assert.match(text, /Every target is reached\.\n.*approve an address below the lowest real host/)
  })

  test('that falls short says what to change, for each pool', () => {
    const text = textOf(
      plan(
        pool({ personas: [{ persona: 's7', count: 10 }] }),
        pool({ id: 'pack', addresses: span('198.18.2', 1, 9), real: span('198.18.2', 20, 24) }),
      ),
    )
    assert.match(text, /Not every target is reached:/)
    assert.match(text, /\n {2}fill: 44 more decoys reach every target/)
    assert.match(text, /\n {2}pack: 5 real hosts need 49 decoys, and 9 addresses are approved: approve 40 more/)
    assert.match(text, /\nall +19 +69 +8 /)
  })

  test('is the same for the same seed, and its figures for any', () => {
    const at = (seed: number) =>
      planned(plan(pool()), { ...options, seed: new Uint8Array(32).fill(seed) }, { s7: persona })
    assert.deepEqual(at(1), at(1))
    assert.notDeepEqual(at(1).stations, at(2).stations)
    assert.deepEqual(at(1).pools, at(2).pools)
  })
})
