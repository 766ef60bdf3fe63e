/** The ledger of connections on a disk without room: whoever maps it must not be killed by the first write to it. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { before, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mapFile } from '#linux/shared-memory.ts'

const at = `/run/ledger-${process.pid}`
const size = 1024 * 128
const ledger = fileURLToPath(new URL('../../src/edge/inspection/ledger.ts', import.meta.url))

/** What an inspector does with it when it starts, and the daemon when it resets connections, in a process of its own. */
const used = (path: string) => {
  const code = `const { Ledger } = await import(${JSON.stringify(ledger)})
const one = new Ledger(${JSON.stringify(path)})
one.clear()
console.log(one.resets().length)
one.close()`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, signal, stdout, stderr }
}
const works = { status: 0, signal: null, stdout: '0\n', stderr: '' }

before(() => {
  mkdirSync(at)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=700', 'tmpfs', at])
})

it('a new one has its room before anything is written to it', () => {
  mapFile(`${at}/allocated`, size).close()
  assert.ok(statSync(`${at}/allocated`).blocks * 512 >= size)
})

it('what an earlier process wrote stays', () => {
  const first = mapFile(`${at}/allocated`, size)
  first.view.setUint32(4096, 7)
  first.close()
  const second = mapFile(`${at}/allocated`, size)
  assert.equal(second.view.getUint32(4096), 7)
  second.close()
})

it('one that was made with room works on a full disk', () => {
  execFileSync('sh', ['-c', `cat /dev/zero >${at}/filler 2>/dev/null; true`])
  assert.throws(() => writeFileSync(`${at}/other`, 'x'.repeat(5000)), /ENOSPC/)
  assert.deepEqual(used(`${at}/allocated`), works)
})

it('a new one on a full disk is memory of this process alone, and nothing dies of it', () => {
  assert.deepEqual(used(`${at}/new`), works)
})

it('one with holes, from an earlier version, is no danger either', () => {
  writeFileSync(`${at}/sparse`, '')
  truncateSync(`${at}/sparse`, size)
  assert.deepEqual(used(`${at}/sparse`), works)
})
