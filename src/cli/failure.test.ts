import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { Fault } from '#core/errors.ts'
import { faultOf, textIn, writeOut } from './failure.ts'

const directory = mkdtempSync(join(tmpdir(), 'bulkhead-failure-'))
after(() => rmSync(directory, { recursive: true }))
const log = join(directory, 'deep', 'internal.log')

test('a Fault stays what it is', () => {
  const fault = new Fault('refused', 'Not during production.')
  assert.equal(faultOf(fault, [], 1, log), fault)
})

test('a missing file is named, and is the mistake of the person', async () => {
  const error: unknown = await readFile(join(directory, 'no.yaml')).catch((caught: unknown) => caught)
  const fault = faultOf(error, [], 1, log)
  assert.equal(fault.code, 'file-unreadable')
  assert.equal(fault.message, `${join(directory, 'no.yaml')} cannot be used: no such file or directory.`)
  assert.equal(fault.exit, 2)
})

test('a file that a full disk has no room for is named, and where to go from there', () => {
  const error: unknown = (() => {
    try {
      return writeOut('/dev/full', 'a report')
    } catch (caught) {
      return caught
    }
  })()
  const fault = faultOf(error, [], 1, log)
  assert.equal(fault.code, 'disk-full')
  assert.equal(fault.message, '/dev/full could not be written whole: there is no room left where it is.')
  assert.match(fault.advice, /name a file elsewhere/)
  assert.equal(fault.exit, 4)
})

test('a directory where a file belongs is named', async () => {
  const error: unknown = await readFile(directory).catch((caught: unknown) => caught)
  const fault = faultOf(error, [], 1, log)
  assert.equal(fault.code, 'file-unreadable')
  assert.match(fault.message, /it is a directory\.$/)
})

test('a file that is there already is named', () => {
  const error: unknown = (() => {
    try {
      return mkdirSync(directory)
    } catch (caught) {
      return caught
    }
  })()
  const fault = faultOf(error, [], 1, log)
  assert.deepEqual(
    [fault.code, fault.message],
    ['file-unreadable', `${directory} cannot be used: something of this name is there already.`],
  )
})

describe('a text that cannot be read says which, and why:', () => {
  for (const { name, file, why } of [
    { name: 'no file', file: join(directory, 'no.txt'), why: 'no such file or directory' },
    { name: 'a directory', file: directory, why: 'it is a directory' },
    {
      name: 'a file below a file',
      file: join(import.meta.filename, 'x'),
      why: 'a part of the path is not a directory',
    },
  ])
    test(name, () =>
      assert.throws(() => textIn(file), { code: 'file-unreadable', message: `${file} cannot be used: ${why}.` }),
    )
})

test('a text without end is refused, whatever its size says', () =>
  assert.throws(() => textIn('/dev/zero', 1 << 20), {
    code: 'file-unreadable',
    message: '/dev/zero is longer than 1 MB.',
  }))

test('an address that somebody else listens at is named', async (context) => {
  const [first, second] = [createServer(), createServer()]
  context.after(() => first.close())
  await once(first.listen(0, '127.0.0.1'), 'listening')
  const address = first.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const [error] = await once(second.listen(port, '127.0.0.1'), 'error')
  const fault = faultOf(error, [], 1, log)
  assert.deepEqual(
    [fault.code, fault.message],
    ['usage', `127.0.0.1:${port} cannot be listened on: another program listens there.`],
  )
})

test('a program that is not installed is named', async () => {
  const error: unknown = await promisify(execFile)('/no/such/nft').catch((caught: unknown) => caught)
  const fault = faultOf(error, [], 1, log)
  assert.equal(fault.code, 'library-missing')
  assert.equal(fault.message, 'The program /no/such/nft is not installed.')
})

test('a full disk is said as such', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  assert.equal(faultOf(error, [], 1, log).code, 'disk-full')
})

test('what nobody foresaw is one sentence, and its trace is in the log', () => {
  const fault = faultOf(new TypeError('x is not a function\nat the second line'), ['edge', 'status'], 2, log)
  assert.equal(fault.code, 'internal')
  assert.equal(fault.message, `Something unexpected happened: x is not a function. Its trace is in ${log}.`)
  const written = readFileSync(log, 'utf8')
  assert.match(written, /bulkhead edge status\nTypeError: x is not a function/)
  assert.match(written, /failure\.test\.ts/)
})

describe('the log has the command and its options, and nothing that was said to them:', () => {
  for (const { name, argv, depth, shown } of [
    {
      name: 'a token',
      argv: ['edge', 'enrol', 'bhe_eyJ1c2VyIjox', '--edge', 'a'],
      depth: 2,
      shown: 'edge enrol … --edge …',
    },
    { name: 'a word in the place of one', argv: ['edge', 'enrol', 'hunter2'], depth: 2, shown: 'edge enrol …' },
    { name: 'a value after =', argv: ['manager', 'setup', '--code=hunter2'], depth: 2, shown: 'manager setup --code' },
    {
      name: 'a value at a short option',
      argv: ['report', 'x', '-ohunter2', '-o', 'hunter2'],
      depth: 1,
      shown: 'report … -o …',
    },
    { name: 'what begins with a dash', argv: ['edge', '-hunter2', '--', 'hunter2'], depth: 1, shown: 'edge …' },
    { name: 'a command that nobody looked for', argv: ['manager', 'users', 'hunter2'], depth: 1, shown: 'manager …' },
  ])
    test(name, () => {
      const own = join(directory, `${name}.log`)
      faultOf(new Error('no'), argv, depth, own)
      const written = readFileSync(own, 'utf8')
      assert.equal(written.split('\n')[0]?.replace(/^\S+ /, ''), `bulkhead ${shown}`)
      assert.doesNotMatch(written, /hunter2|eyJ1c2VyIjox/)
    })

  test('a secret within the error itself', () => {
    const own = join(directory, 'inner.log')
    const fault = faultOf(new Error('cannot use postgres://ann:hunter2@db/x'), [], 1, own)
    assert.match(fault.message, /cannot use postgres:\/\/…@db\/x/)
    assert.doesNotMatch(readFileSync(own, 'utf8'), /hunter2/)
  })
})

test('without a place for the log the way to the trace is said', () => {
  assert.match(faultOf(new Error('no'), [], 1, '/dev/null/internal.log').message, /BULKHEAD_DEBUG=1/)
})
