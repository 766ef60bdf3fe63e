import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PlanDecoys } from '#policy/plan.ts'
import { movementDue, movementText, refuseHaste } from './schedule.ts'

const last = 1_800_000_000_000
const daily: PlanDecoys['shuffle'] = { every: 86_400, on: ['scan', 'login'], atLeast: 600, share: 0.25 }
const onlyEvents: PlanDecoys['shuffle'] = { on: ['scan', 'login'], atLeast: 600, share: 0.25 }
type Causes = Readonly<Record<string, number>>

describe('decoys move', () => {
  const rows: readonly [string, PlanDecoys['shuffle'], seconds: number, Causes, string | undefined][] = [
    ['never without a shuffle', undefined, 1e6, { scan: 5 }, undefined],
    ['when their time has come', daily, 86_400, {}, 'schedule'],
    ['not before it', daily, 86_399, {}, undefined],
    ['for a cause that is named', onlyEvents, 600, { scan: 5 }, 'scan'],
    ['not for one that is not', onlyEvents, 600, { contact: 5 }, undefined],
    ['not faster than agreed, and then for what came meanwhile', onlyEvents, 599, { scan: 5 }, undefined],
    ['not twice for one cause', onlyEvents, 700, { scan: -5 }, undefined],
  ]
  for (const [name, shuffle, seconds, causes, why] of rows)
    it(name, () => {
      const at = new Map(Object.entries(causes).map(([cause, after]) => [cause, last + after * 1000]))
      assert.equal(movementDue(shuffle, { last, causes: at }, last + seconds * 1000), why)
    })
})

describe('a movement is told', () => {
  const rows: readonly [moved: number, changed: number, text: string][] = [
    [1, 0, '1 decoy moved (drill): placement 7.'],
    [3, 1, '3 decoys moved, 1 became another device where it stands (drill): placement 7.'],
    [0, 12, '0 decoys moved, 12 became other devices where they stand (drill): placement 7.'],
  ]
  for (const [moved, changed, text] of rows)
    it(text, () => assert.equal(movementText(moved, changed, 'drill', 7), text))
})

describe('a person moves decoys', () => {
  const rows: readonly [string, { now: boolean; force: boolean }, seconds: number, refused: boolean][] = [
    ['after five minutes', { now: false, force: false }, 300, false],
    ['not before', { now: false, force: false }, 299, true],
    ['sooner with --now', { now: true, force: false }, 60, false],
    ['not within a minute', { now: true, force: false }, 59, true],
    ['at once with --force', { now: false, force: true }, 1, false],
  ]
  for (const [name, how, seconds, refused] of rows)
    it(name, () => {
      const ask = () => refuseHaste(how, last, last + seconds * 1000)
      if (refused) assert.throws(ask, /moved/)
      else ask()
    })
})
