import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { appendLog } from './log.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-log-'))
after(() => rmSync(folder, { recursive: true }))

test('a process that fails again and again leaves the newest of what it said, in bounded files', () => {
  const path = join(folder, 'inspector.log')
  const line = new TextEncoder().encode(`${'x'.repeat(65_535)}\n`)
  for (let time = 0; time < 100; time++) appendLog(path, line)
  appendLog(path, new TextEncoder().encode('the last\n'))
  assert.deepEqual(readdirSync(folder).toSorted(), ['inspector.log', 'inspector.log.1'])
  assert.ok(statSync(path).size + statSync(`${path}.1`).size < 3 << 20)
  assert.match(readFileSync(path, 'utf8'), /the last\n$/)
})

test('where nothing can be written nothing is said', () => {
  appendLog(join(folder, 'none', 'inspector.log'), new Uint8Array(1))
})
