import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PublishRequest, RollbackRequest } from './manager-rollouts.ts'

const rollback = { newest: 7, reason: 'line 2 stands still' }

for (const [name, plan] of [
  ['nothing else', undefined],
  ['an empty plan', {}],
  ['what becomes of confirmed edges', { rollback: 'by-hand' }],
  ['a grace', { grace: 30 }],
] as const)
  test(`going back watches an edge for a minute, also where ${name} is said`, () =>
    assert.equal(RollbackRequest.parse({ ...rollback, ...(plan === undefined ? {} : { plan }) }).plan.soak, 60))

test('going back takes a soak that is said', () =>
  assert.equal(RollbackRequest.parse({ ...rollback, plan: { soak: 10 } }).plan.soak, 10))

test('publishing watches an edge for five minutes', () =>
  assert.equal(PublishRequest.parse({ revision: 1, plan: { grace: 30 } }).plan.soak, 300))
