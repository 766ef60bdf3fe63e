import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { logger, powers, roomForConnections } from './self.ts'

const none = '0000000000000000'
const status = (given: Record<string, string>): string =>
  Object.entries({ CapInh: none, CapPrm: none, CapEff: none, CapBnd: '000001ffffffffff', CapAmb: none, ...given })
    .map(([name, value]) => `${name}:\t${value}`)
    .join('\n')

describe('what the host is to the system', () => {
  for (const [title, given, found] of [
    ['none: what it could only gain by executing a file is no power of its own', {}, []],
    ['in effect', { CapPrm: '0000000000001000', CapEff: '0000000000001000' }, ['CapPrm', 'CapEff']],
    ['within reach', { CapPrm: '0000000000000001' }, ['CapPrm']],
    ['unreadable', { CapEff: 'x' }, ['CapEff']],
  ] as const)
    test(`capabilities: ${title}`, () => assert.deepEqual(powers(status(given)), found))

  for (const [text, expected] of [
    ['Max open files            1024                 4096                 files', 768],
    ['Max open files            65536                65536                files', 4000],
    ['Max open files            64                   64                   files', 16],
    ['', 4000],
  ] as const)
    test(`${text.slice(0, 31) || 'no limit'}: ${expected} connections`, () =>
      assert.equal(roomForConnections(text, 4000), expected))

  test('the log has printable lines of 500 characters, a few a second', () => {
    const lines: string[] = []
    const log = logger((line) => lines.push(line))
    for (let turn = 0; turn < 100; turn++) log(`\u001b[31m${'x'.repeat(1000)}\n`)
    assert.equal(lines.length, 5)
    assert.ok(lines.every((line) => /^[\x20-\x7e]{1,500}\n$/.test(line)))
  })
})
