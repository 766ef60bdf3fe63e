import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostCache } from './host-cache.ts'
import { hostFlags, nobody } from './host-command.ts'

describe('what is compiled for the decoy host', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'host-cache-'))
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  const asked = (beside = join(home, 'node')) => hostCache(beside, nobody, hostFlags)

  test('is nowhere when the edge keeps nothing either', () => {
    assert.equal(hostCache(undefined, nobody, hostFlags), undefined)
    assert.equal(hostCache('', nobody, hostFlags), undefined)
  })

  test('is never read from where others may write', () => {
    chmodSync(home, 0o777)
    assert.equal(asked(), undefined)
    chmodSync(home, 0o755)
    chmodSync(join(home, 'node-decoys'), 0o775)
    assert.equal(asked(), undefined)
  })

  test('is written by the edge once, for the host to read and not to write', async () => {
    const folder = asked()
    assert.equal(folder, join(home, 'node-decoys'))
    const note = join(folder, 'note.json')
    for (const limit = performance.now() + 60_000; !existsSync(note); await sleep(50))
      assert.ok(performance.now() < limit, 'it is written')
    // The writer tidies up last.
    for (const limit = performance.now() + 30_000; readdirSync(folder).length > 2; await sleep(20))
      assert.ok(performance.now() < limit, readdirSync(folder).join(' '))
    const kept = readdirSync(folder).find((name) => name.endsWith(`-${nobody}`)) ?? ''
    const files = readdirSync(join(folder, kept))
    assert.ok(files.length > 200, `${files.length} sources`)
    const modes = ['.', ...files].map((name) => statSync(join(folder, kept, name)).mode & 0o777)
    assert.deepEqual([...new Set(modes)], [0o755, 0o644])
    const before = statSync(note).mtimeMs
    assert.equal(asked(), folder)
    await sleep(100)
    assert.deepEqual(readdirSync(folder).toSorted(), ['note.json', kept].toSorted(), 'nothing is written again')
    assert.equal(statSync(note).mtimeMs, before)
  })
})
