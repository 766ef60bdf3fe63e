import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RolloutPlan } from '#schema/manager-rollouts.ts'
import { confirmSeconds, denialLimit, planned } from './plan.ts'

const edge = (name: string, connected = true) => ({ id: 1, name, enrolled: true, revoked: false, connected })
const edges = [edge('a', false), edge('b'), edge('c')]
const stages = (given: unknown, among = edges) =>
  planned(RolloutPlan.parse(given), among).stages.map(({ edges: names, soak }) => `${names.join('+')} ${soak}`)

describe('a plan', () => {
  for (const [says, given, expected] of [
    ['begins with one edge that can be heard', {}, ['b 300', 'a+c 300']],
    [
      'takes the stages that are given',
      { stages: [{ edges: ['a', 'b'] }, { edges: ['c'], soak: 5 }] },
      ['a+b 300', 'c 5'],
    ],
    ['leaves no edge out', { soak: 7, stages: [{ edges: ['c'] }] }, ['c 7', 'a+b 7']],
  ] as const)
    it(says, () => assert.deepEqual(stages(given), expected))
  it('has no stage where there is no edge', () => assert.deepEqual(stages({}, []), []))
  for (const [says, given, message] of [
    ['takes no edge that is not there', { stages: [{ edges: ['x'] }] }, /edge x cannot take/],
    ['takes no edge twice', { stages: [{ edges: ['a'] }, { edges: ['b', 'a'] }] }, /a stands in two/],
  ] as const)
    it(says, () => assert.throws(() => stages(given), message))
  it('gives an edge its soak and a grace to be confirmed in', () => {
    const plan = planned(RolloutPlan.parse({ grace: 30, soak: 60, stages: [{ edges: ['a'], soak: 10 }] }), edges)
    assert.deepEqual(
      [0, 1, 9].map((stage) => confirmSeconds(plan, stage)),
      [40, 90, 90],
    )
  })
})

describe('the limit of denials', () => {
  const hour = 3_600_000
  for (const [says, expected, elapsed, limit] of [
    ['is the floor where none are expected', 0, hour, 50],
    ['grows with what is expected', 100, hour, 350],
    ['and with the time', 100, hour / 2, 200],
    ['counts a minute at least', 600, 0, 80],
  ] as const)
    it(says, () => assert.equal(denialLimit({ factor: 3, floor: 50 }, expected, elapsed), limit))
})
