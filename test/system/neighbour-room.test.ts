/**
 * How much room decoys make in the table of neighbours. The thresholds are the machine's, which a test leaves alone, and its own network has none:
 * files with their names stand in for them.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, beforeEach, it } from 'node:test'
import { roomForNeighbours } from '#linux/station-newcomers.ts'

const place = '/proc/sys/net/ipv4'
const folder = `${place}/neigh/default`
const names = ['gc_thresh1', 'gc_thresh2', 'gc_thresh3'] as const
const mount = (...words: readonly string[]) => execFileSync('mount', words)
const values = () => names.map((name) => Number(readFileSync(`${folder}/${name}`, 'utf8')))
const set = (...numbers: readonly number[]) =>
  names.forEach((name, index) => writeFileSync(`${folder}/${name}`, `${numbers[index]}\n`))

before(() => {
  assert.equal(roomForNeighbours(), 1024, 'a network of its own has no thresholds')
  mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', place)
  mkdirSync(folder, { recursive: true })
})
beforeEach(() => set(128, 512, 1024))
after(() => execFileSync('umount', [place]))

it('is made where there is less', () => {
  assert.equal(roomForNeighbours(), 16_384)
  assert.deepEqual(values(), [1024, 8192, 16_384])
})

it('is never made smaller', () => {
  set(4096, 8000, 65_536)
  assert.equal(roomForNeighbours(), 65_536)
  assert.deepEqual(values(), [4096, 8192, 65_536])
})

it('stays as it is where it may only be read', () => {
  mount('-o', 'remount,ro', place)
  try {
    assert.equal(roomForNeighbours(), 1024)
    assert.deepEqual(values(), [128, 512, 1024])
  } finally {
    mount('-o', 'remount,rw', place)
  }
})
