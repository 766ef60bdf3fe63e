/** The two promises of the state machine, tried against sequences of everything that can be heard. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { begun, type Happening, type RolloutMachine, step } from './machine.ts'

const second = 1000
const timing = { soak: [60 * second, 30 * second], joined: 40 * second, grace: 20 * second, patience: 100 * second }
const fresh = (): RolloutMachine =>
  begun(
    [
      { edge: 1, name: 'a', stage: 0 },
      { edge: 2, name: 'b', stage: 1 },
      { edge: 3, name: 'c', stage: 1 },
    ],
    timing,
    0,
  )
const said = (edge: number, outcome: 'pending' | 'confirmed' | 'rolled-back' | 'refused', ...silent: string[]) =>
  ({ type: 'report', edge, outcome, text: outcome, silent }) as const
const harm = (edge: number) => ({ type: 'harm', edge, what: 'too many denials' }) as const
const stop: Happening = { type: 'stop', why: 'ann: not now' }

it('a roll-out keeps its two promises whatever is heard in whatever order', () => {
  // Numerical Recipes' linear congruential generator: the same sequences every time.
  let seed = 7
  const below = (most: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * most)
  }
  const outcomes = ['pending', 'pending', 'pending', 'confirmed', 'rolled-back', 'refused'] as const
  let reached = 0
  for (let round = 0; round < 4000; round++) {
    let state = fresh()
    const bad = new Set<number>()
    let at = 0
    for (let n = 0; n < 30; n++) {
      at += below(40) * second
      const edge = 1 + below(3)
      const chance = below(100)
      const seen = new Map(
        [1, 2, 3].map((one) => [one, { at: at - below(20) * second, ours: below(8) > 0, confirmed: below(3) === 0 }]),
      )
      const happening: Happening =
        chance < 55
          ? { type: 'look', seen }
          : chance < 95
            ? said(edge, outcomes[below(outcomes.length)]!, ...(below(15) === 0 ? ['line'] : []))
            : chance < 99
              ? harm(edge)
              : stop
      const next = step(state, happening, at)
      for (const [index, { edge: id, phase, stage }] of next.edges.entries()) {
        const was = state.edges[index]!.phase
        if (phase === 'confirming' && was !== 'confirming') {
          reached++
          assert.ok(!bad.has(id), 'an edge that came to harm was confirmed')
          assert.notEqual(state.state, 'stopped', 'a roll-out that stopped confirmed an edge')
        }
        if (phase === 'offered' && was !== 'offered') {
          assert.notEqual(state.state, 'stopped', 'a roll-out that stopped offered a policy')
          assert.ok(stage <= next.stage, 'a stage was offered before its turn')
        }
        if (phase === 'harmed' || phase === 'rolled-back' || phase === 'refused') bad.add(id)
        if (bad.has(id)) assert.notEqual(phase, 'confirmed', 'an edge that came to harm counts as confirmed')
      }
      assert.ok(next.stage >= state.stage, 'a stage was taken back')
      if (state.state !== 'running') assert.equal(next.state, state.state, 'what had ended went on')
      state = next
    }
  }
  assert.ok(reached > 1000, `only ${reached} confirmations were looked at`)
})
