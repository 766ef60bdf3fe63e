import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Phase, RolloutState } from '#schema/manager-policies.ts'
import { begun, freshMs, type Happening, type RolloutMachine, type Seen, step } from './machine.ts'

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
const look =
  (...seen: readonly (readonly [edge: number, seen: Partial<Seen>])[]) =>
  (at: number) =>
    ({
      type: 'look',
      seen: new Map(seen.map(([edge, one]) => [edge, { at, ours: true, confirmed: false, ...one }])),
    }) as const
const nothing = look()
const harm = (edge: number) => ({ type: 'harm', edge, what: 'too many denials' }) as const
const stop: Happening = { type: 'stop', why: 'ann: not now' }

type Move = readonly [atSeconds: number, happening: Happening | ((at: number) => Happening)]
const run = (moves: readonly Move[], from = fresh()): RolloutMachine =>
  moves.reduce((state, [at, happening]) => {
    const ms = at * second
    return step(state, typeof happening === 'function' ? happening(ms) : happening, ms)
  }, from)

const pending: Move = [10, said(1, 'pending')]
const confirming: readonly Move[] = [pending, [70, look([1, {}])]]
const confirmed: readonly Move[] = [...confirming, [71, said(1, 'confirmed')]]
const bothPending: readonly Move[] = [...confirmed, [75, said(2, 'pending')], [75, said(3, 'pending')]]
const done: readonly Move[] = [
  ...bothPending,
  [105, look([2, {}], [3, {}])],
  [106, said(2, 'confirmed')],
  [106, said(3, 'confirmed')],
]
const oneLate: readonly Move[] = [
  ...confirmed,
  [75, said(2, 'pending')],
  [105, look([2, {}])],
  [106, said(2, 'confirmed')],
  [171, nothing],
]

type Row = readonly [says: string, moves: readonly Move[], phases: readonly Phase[], state: RolloutState, why?: RegExp]
const rows: readonly Row[] = [
  ['offers the first stage alone', [], ['offered', 'waiting', 'waiting'], 'running'],
  ['watches an edge that applied it', [pending], ['soaking', 'waiting', 'waiting'], 'running'],
  ['takes a digest for a report that was lost', [[10, look([1, {}])]], ['soaking', 'waiting', 'waiting'], 'running'],
  [
    'takes no digest of another text for it',
    [[10, look([1, { ours: false }])]],
    ['offered', 'waiting', 'waiting'],
    'running',
  ],
  ['takes no digest from before', [[10, look([1, { at: -1 }])]], ['offered', 'waiting', 'waiting'], 'running'],
  [
    'confirms nothing before the soak is over',
    [pending, [69, look([1, {}])]],
    ['soaking', 'waiting', 'waiting'],
    'running',
  ],
  ['confirms an edge that is alive after its soak', confirming, ['confirming', 'waiting', 'waiting'], 'running'],
  [
    'confirms no edge that nothing was heard of',
    [pending, [70, nothing]],
    ['soaking', 'waiting', 'waiting'],
    'running',
  ],
  [
    'confirms no edge that enforces something else',
    [pending, [70, look([1, { ours: false }])]],
    ['soaking', 'waiting', 'waiting'],
    'running',
  ],
  ['goes on to the next stage', confirmed, ['confirmed', 'offered', 'offered'], 'running'],
  [
    'learns from a digest that an edge knows its confirmation',
    [...confirming, [71, look([1, { confirmed: true }])]],
    ['confirmed', 'offered', 'offered'],
    'running',
  ],
  [
    'watches each stage for its own time',
    [...bothPending, [105, look([2, {}], [3, {}])]],
    ['confirmed', 'confirming', 'confirming'],
    'running',
  ],
  ['waits for every edge of a stage', done.slice(0, -1), ['confirmed', 'confirmed', 'confirming'], 'running'],
  ['is done with the last stage', done, ['confirmed', 'confirmed', 'confirmed'], 'done'],
  [
    'takes a confirmation by somebody at the edge',
    [pending, [11, said(1, 'confirmed')]],
    ['confirmed', 'offered', 'offered'],
    'running',
  ],
  [
    'hears a report twice without harm',
    [...confirmed, [72, said(1, 'pending')], [72, said(1, 'confirmed')]],
    ['confirmed', 'offered', 'offered'],
    'running',
  ],

  [
    'stops where an edge refuses',
    [[5, said(1, 'refused')]],
    ['refused', 'withdrawn', 'withdrawn'],
    'stopped',
    /^a: it refused the policy/,
  ],
  [
    'stops where an edge rolls back',
    [pending, [20, said(1, 'rolled-back')]],
    ['rolled-back', 'withdrawn', 'withdrawn'],
    'stopped',
    /^a: it rolled back/,
  ],
  [
    'stops where a confirmation came too late',
    [...confirming, [71, said(1, 'rolled-back')]],
    ['rolled-back', 'withdrawn', 'withdrawn'],
    'stopped',
    /rolled back/,
  ],
  [
    'stops where an essential conduit went silent',
    [[10, said(1, 'pending', 'line-1')]],
    ['harmed', 'withdrawn', 'withdrawn'],
    'stopped',
    /^a: essential conduits went silent: line-1/,
  ],
  [
    'stops where one goes silent later',
    [pending, [30, said(1, 'pending', 'line-1')]],
    ['harmed', 'withdrawn', 'withdrawn'],
    'stopped',
    /silent/,
  ],
  [
    'stops where more is denied than was expected',
    [pending, [30, harm(1)]],
    ['harmed', 'withdrawn', 'withdrawn'],
    'stopped',
    /^a: too many denials/,
  ],
  [
    'stops where the kernel has other rules',
    [pending, [30, look([1, { trouble: 'its rules are not those of the plan' }])]],
    ['harmed', 'withdrawn', 'withdrawn'],
    'stopped',
    /rules/,
  ],
  [
    'stops where an edge falls silent',
    [pending, [90, nothing]],
    ['harmed', 'withdrawn', 'withdrawn'],
    'stopped',
    /not heard from/,
  ],
  [
    'stops for harm at an edge that was confirmed before',
    [...bothPending, [80, harm(1)]],
    ['harmed', 'withdrawn', 'withdrawn'],
    'stopped',
    /^a: too many/,
  ],
  [
    'stops the others of a stage with the one that was harmed',
    [...bothPending, [80, harm(3)]],
    ['confirmed', 'withdrawn', 'harmed'],
    'stopped',
    /^c:/,
  ],
  ['stops for a person', [pending, [20, stop]], ['withdrawn', 'withdrawn', 'withdrawn'], 'stopped', /^ann: not now/],
  [
    'stops once',
    [pending, [20, stop], [21, { type: 'stop', why: 'again' }]],
    ['withdrawn', 'withdrawn', 'withdrawn'],
    'stopped',
    /^ann/,
  ],
  ['takes no harm before an edge applied it for its own', [[5, harm(1)]], ['offered', 'waiting', 'waiting'], 'running'],
  [
    'does not listen to edges whose turn has not come',
    [
      [5, said(2, 'pending')],
      [5, said(3, 'refused')],
      [6, harm(2)],
      [7, look([2, {}])],
    ],
    ['offered', 'waiting', 'waiting'],
    'running',
  ],
  [
    'confirms nothing after it stopped',
    [pending, [20, stop], [70, look([1, {}])], [71, said(1, 'pending')], [72, said(1, 'confirmed')]],
    ['withdrawn', 'withdrawn', 'withdrawn'],
    'stopped',
  ],
  [
    'hears that an edge rolled back after it stopped',
    [pending, [30, harm(1)], [90, said(1, 'rolled-back')]],
    ['rolled-back', 'withdrawn', 'withdrawn'],
    'stopped',
    /too many/,
  ],
  [
    'takes no refusal of what is enforced already',
    [...confirmed, [72, said(1, 'refused')]],
    ['confirmed', 'offered', 'offered'],
    'running',
  ],

  [
    'does not go on without evidence from one edge',
    [
      [100, nothing],
      [500, nothing],
    ],
    ['late', 'waiting', 'waiting'],
    'running',
  ],
  ['goes on without an edge that does not answer', oneLate, ['confirmed', 'confirmed', 'late'], 'done'],
  [
    'watches a late edge when it comes',
    [...oneLate, [900, said(3, 'pending')]],
    ['confirmed', 'confirmed', 'soaking'],
    'done',
  ],
  [
    'confirms a late edge after a soak of its own',
    [...oneLate, [900, said(3, 'pending')], [930, look([3, {}])]],
    ['confirmed', 'confirmed', 'confirming'],
    'done',
  ],
  [
    'leaves the others alone where a late edge comes to harm',
    [...oneLate, [900, said(3, 'pending')], [910, harm(3)], [930, look([3, {}])]],
    ['confirmed', 'confirmed', 'harmed'],
    'done',
  ],
  [
    'goes on without an edge whose confirmation is not known to have come',
    [...bothPending, [105, look([2, {}], [3, {}])], [106, said(2, 'confirmed')], [205, nothing]],
    ['confirmed', 'confirmed', 'confirming'],
    'done',
  ],
]

describe('a roll-out', () => {
  for (const [says, moves, phases, state, why] of rows)
    it(says, () => {
      const end = run(moves)
      assert.deepEqual(
        end.edges.map(({ phase }) => phase),
        phases,
      )
      assert.equal(end.state, state)
      if (why !== undefined) assert.match(end.why ?? '', why)
    })

  const revoked = (from: RolloutMachine, ...ids: readonly number[]): RolloutMachine => ({
    ...from,
    edges: from.edges.map((edge) => (ids.includes(edge.edge) ? { ...edge, revoked: true } : edge)),
  })
  const end = ({ state, edges }: RolloutMachine) => [state, ...edges.map(({ phase }) => phase)]

  it('takes the silence of an edge that was revoked for no harm, and goes on without it', () => {
    const moves: readonly Move[] = [
      [110, look([2, {}])],
      [130, nothing],
    ]
    const later = run(moves, revoked(run(bothPending), 3))
    assert.deepEqual(end(later), ['running', 'confirmed', 'confirming', 'late'])
    assert.deepEqual(end(run([[131, said(2, 'confirmed')]], later)), ['done', 'confirmed', 'confirmed', 'late'])
  })
  it('does not wait for one that was revoked before it applied the policy, or before it was confirmed', () => {
    const moves: readonly Move[] = [...confirmed, [75, said(2, 'pending')], [105, look([2, {}])]]
    assert.deepEqual(end(run([[106, nothing]], revoked(run(moves), 2, 3))), ['done', 'confirmed', 'late', 'late'])
  })
  it('watches one that was revoked when it is enrolled again', () => {
    const later = run([[110, look([2, {}])]], revoked(run(bothPending), 3))
    const again = { ...later, edges: later.edges.map((edge) => ({ ...edge, revoked: false })) }
    assert.equal(run([[900, said(3, 'pending')]], again).edges[2]?.phase, 'soaking')
  })
  it('stops where the edges that were to show that it does no harm were revoked', () => {
    const later = run([[20, nothing]], revoked(run([pending]), 1))
    assert.deepEqual(end(later), ['stopped', 'withdrawn', 'withdrawn', 'withdrawn'])
    assert.match(later.why ?? '', /^a: revoked before any edge was confirmed/)
  })

  it('confirms no edge whose newest digest is old', () => {
    const long = { ...timing, soak: [200 * second, 30 * second] }
    const start = step({ ...fresh(), timing: long }, said(1, 'pending'), 0)
    const phaseAt = (at: number, seenAt: number) =>
      step(start, { type: 'look', seen: new Map([[1, { at: seenAt, ours: true, confirmed: false }]]) }, at).edges[0]
        ?.phase
    assert.equal(phaseAt(200 * second, 200 * second - freshMs - 1), 'soaking')
    assert.equal(phaseAt(200 * second, 200 * second - freshMs), 'confirming')
  })
})
