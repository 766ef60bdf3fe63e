import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { Edge } from '../context.ts'
import { LinkKeeper } from './keeper.ts'
import { enrolledPath } from './place.ts'

test('an enrolment that cannot be read is wrong at every look, until it is put right', async (context) => {
  const state = mkdtempSync(join(tmpdir(), 'keeper-'))
  context.after(() => rmSync(state, { recursive: true }))
  const path = enrolledPath(state)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'nonsense')
  // Of an edge it looks at the place of its memory alone, until the enrolment can be read.
  const edge: Edge = JSON.parse(JSON.stringify({ options: { state } }))
  const keeper = new LinkKeeper({ inTurn: (work) => work(), version: '0' })
  const tick = () => keeper.tick(edge)
  for (let second = 0; second < 7; second++)
    await assert.rejects(tick(), /is not what enrolment left there/, `second ${second}`)
  rmSync(path)
  for (let second = 0; second < 3; second++) await tick().catch(() => {})
  await tick()
})
