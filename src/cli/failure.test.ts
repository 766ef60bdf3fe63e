import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { Fault } from '#core/errors.ts'
import { faultOf } from './failure.ts'

const directory = mkdtempSync(join(tmpdir(), 'bulkhead-failure-'))
after(() => rmSync(directory, { recursive: true }))
const log = join(directory, 'deep', 'internal.log')

test('a Fault stays what it is', () => {
  const fault = new Fault('refused', 'Not during production.')
  assert.equal(faultOf(fault, [], log), fault)
})

test('a missing file is named, and is the mistake of the person', async () => {
  const error: unknown = await readFile(join(directory, 'no.yaml')).catch((caught: unknown) => caught)
  const fault = faultOf(error, [], log)
  assert.equal(fault.code, 'file-unreadable')
  assert.equal(fault.message, `${join(directory, 'no.yaml')} cannot be used: no such file or directory.`)
  assert.equal(fault.exit, 2)
})

test('a directory where a file belongs is named', async () => {
  const error: unknown = await readFile(directory).catch((caught: unknown) => caught)
  const fault = faultOf(error, [], log)
  assert.equal(fault.code, 'file-unreadable')
  assert.match(fault.message, /it is a directory\.$/)
})

test('a program that is not installed is named', async () => {
  const error: unknown = await promisify(execFile)('/no/such/nft').catch((caught: unknown) => caught)
  const fault = faultOf(error, [], log)
  assert.equal(fault.code, 'library-missing')
  assert.equal(fault.message, 'The program /no/such/nft is not installed.')
})

test('a full disk is said as such', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  assert.equal(faultOf(error, [], log).code, 'disk-full')
})

test('what nobody foresaw is one sentence, and its trace is in the log', () => {
  const fault = faultOf(new TypeError('x is not a function\nat the second line'), ['edge', 'status'], log)
  assert.equal(fault.code, 'internal')
  assert.equal(fault.message, `Something unexpected happened: x is not a function. Its trace is in ${log}.`)
  const written = readFileSync(log, 'utf8')
  assert.match(written, /bulkhead edge status\nTypeError: x is not a function/)
  assert.match(written, /failure\.test\.ts/)
})

test('without a place for the log the way to the trace is said', () => {
  assert.match(faultOf(new Error('no'), [], '/dev/null/internal.log').message, /BULKHEAD_DEBUG=1/)
})
