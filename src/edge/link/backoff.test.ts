import assert from 'node:assert/strict'
import { test } from 'node:test'
import { delay } from './backoff.ts'

const rows: readonly [name: string, failures: number, chance: number, wait: number, ms: number][] = [
  ['the first dial again comes within half a second', 0, 0.999, 0, 499.5],
  ['and may come at once', 0, 0, 0, 0],
  ['the bound doubles', 3, 0.5, 0, 2000],
  ['up to half a minute', 40, 1, 0, 30_000],
  ['a wait that was asked for is kept', 0, 0, 20, 20_000],
  ['and spread over half as much again', 0, 1, 20, 30_000],
]
for (const [name, failures, chance, wait, ms] of rows)
  test(`back-off: ${name}`, () => assert.equal(delay(failures, chance, wait), ms))
