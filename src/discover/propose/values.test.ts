import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from '../model.ts'
import { commandOf, conversationOf } from '../plant.ts'
import { allowed, proposed, withParts } from './line.ts'

/** Ten ranges, each an eighth wider than the one before: alike one by one, and not from end to end. */
const steps = Array.from({ length: 10 }, (_, n) => Math.round(100 * 1.125 ** n))
const write = (n: number, register: number): Command =>
  commandOf({
    id: `w${n}`,
    op: 'write-single-register',
    risk: 'write',
    count: 100,
    spans: { unit: [[1, 1]], registers: [[register, register]] },
    values: [0, steps[n] ?? 0],
    step: 5,
  })
/** A tenth on either side, and a fifth for the sake of fewer entries. */
const most = 1.1 * 1.2

const highest = (entry: ReturnType<typeof allowed>[number]): number =>
  typeof entry === 'string' ? Number.POSITIVE_INFINITY : Number(/-(\d+)$/.exec(String(entry['values']))?.[1])

describe('ranges of values that are alike step by step', () => {
  test('are not one range for all registers of a controller', () => {
    const entries = allowed(proposed([conversationOf({ commands: steps.map((_, n) => write(n, 10 + n)) })]))
    assert.ok(entries.length > 1 && entries.length < steps.length, `${entries.length} entries`)
    for (const entry of entries) {
      assert.ok(typeof entry !== 'string')
      const first = Number(/^\d+/.exec(String(entry['registers']))?.[0]) - 10
      assert.ok(highest(entry) <= (steps[first] ?? 0) * most + 1, JSON.stringify(entry))
    }
  })

  test('nor for all controllers of an HMI', () => {
    const parts = steps.map(
      (_, n) => ({ id: `plc-${n}`, ips: [`198.18.1.${100 + n}`], kind: 'plc', level: 1 }) as const,
    )
    const proposal = proposed(
      steps.map((_, n) => conversationOf({ id: `f${n}`, server: `198.18.1.${100 + n}`, commands: [write(n, 10)] })),
      { inventory: withParts(...parts) },
    )
    const { conduits, groups } = proposal.site
    assert.ok(conduits.length > 1 && conduits.length < steps.length, `${conduits.length} conduits`)
    for (const { to, allow = [] } of conduits) {
      const numbers = (groups[to]?.assets ?? [to]).map((name) => Number(name.replace('plc-', '')))
      for (const entry of allow)
        assert.ok(highest(entry) <= (steps[Math.min(...numbers)] ?? 0) * most + 1, JSON.stringify([to, entry]))
    }
  })
})
