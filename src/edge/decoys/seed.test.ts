import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { decoyFolder, siteSeed } from './seed.ts'

const seeded = (state: string) => {
  const said: string[] = []
  const seed = Buffer.from(siteSeed(state, (sentence) => said.push(sentence))).toString('hex')
  return { seed, said }
}
const newState = () => mkdtempSync(join(tmpdir(), 'seed-'))

test('the seed is made once, and nothing is said of it', () => {
  const state = newState()
  const first = seeded(state)
  assert.deepEqual(first.said, [])
  assert.deepEqual(seeded(state), first)
})

test('one that was damaged is replaced once, and that is told', () => {
  const state = newState()
  mkdirSync(decoyFolder(state), { recursive: true })
  writeFileSync(join(decoyFolder(state), 'seed'), 'short')
  const { seed, said } = seeded(state)
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /seed has 5 bytes and not 32: it was damaged, and a new one was made/)
  assert.deepEqual(seeded(state), { seed, said: [] })
})
