import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Phase, RolloutState } from '#schema/manager-policies.ts'
import { dueFor } from './desired.ts'

type Offer = readonly [revision: number, phase: Phase, state?: RolloutState]
const rows: readonly (readonly [says: string, offers: readonly Offer[], have: number, due: string])[] = [
  ['nothing where nothing was published', [], 0, ''],
  ['the policy that is offered', [[1, 'offered']], 0, 'policy 1'],
  ['it again as long as nothing was heard', [[1, 'late', 'done']], 0, 'policy 1'],
  ['not what it has', [[1, 'offered']], 1, ''],
  ['nothing older than it has', [[1, 'offered']], 4, ''],
  [
    'nothing while it is watched',
    [
      [2, 'soaking'],
      [1, 'confirmed', 'done'],
    ],
    2,
    '',
  ],
  [
    'its confirmation',
    [
      [2, 'confirming'],
      [1, 'confirmed', 'done'],
    ],
    2,
    'confirm 2',
  ],
  [
    'both where it lost what is to be confirmed',
    [
      [2, 'confirming', 'done'],
      [1, 'confirmed', 'done'],
    ],
    0,
    'policy 2 confirm 2',
  ],
  [
    'no confirmation of a roll-out that stopped',
    [
      [2, 'confirming', 'stopped'],
      [1, 'confirmed', 'done'],
    ],
    2,
    '',
  ],
  ['nothing once it knows', [[2, 'confirmed', 'done']], 2, ''],
  ['both where it lost what was confirmed', [[2, 'confirmed', 'done']], 0, 'policy 2 confirm 2'],
  [
    'what was in force before what did harm elsewhere',
    [
      [2, 'confirmed', 'stopped'],
      [1, 'confirmed', 'done'],
    ],
    0,
    'policy 1 confirm 1',
  ],
  [
    'what it had before its turn comes',
    [
      [2, 'waiting'],
      [1, 'confirmed', 'done'],
    ],
    0,
    'policy 1 confirm 1',
  ],
  [
    'what it had before it rolled back',
    [
      [2, 'rolled-back', 'stopped'],
      [1, 'confirmed', 'done'],
    ],
    0,
    'policy 1 confirm 1',
  ],
  [
    'nothing while what did harm is in force',
    [
      [2, 'harmed', 'stopped'],
      [1, 'confirmed', 'done'],
    ],
    2,
    '',
  ],
  [
    'what comes after harm',
    [
      [3, 'offered'],
      [2, 'harmed', 'stopped'],
    ],
    2,
    'policy 3',
  ],
]

describe('an edge is sent', () => {
  for (const [says, offers, have, expected] of rows)
    it(says, () => {
      const due = dueFor(
        offers.map(([revision, phase, state = 'running']) => ({ revision, phase, state })),
        have,
      )
      const said = due === undefined ? [] : [due.policy ? ['policy'] : [], due.confirm ? ['confirm'] : []].flat()
      assert.equal(said.map((word) => `${word} ${due?.revision ?? ''}`).join(' '), expected)
    })
})
