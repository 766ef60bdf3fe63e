import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { captureOf, exchange, framed } from '#inspect/small-captures.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-cli-discover-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const discover = (...words: readonly string[]) => commandLine(['discover', ...words])

const capture = captureOf(exchange.map((packet) => framed(packet)))
const plain = file('plain.pcap', capture)
const cut = file('cut.pcap.gz', gzipSync(Buffer.concat([capture, capture.subarray(24)])).subarray(0, -20))
mkdirSync(join(folder, 'captures', 'monday'), { recursive: true })
file('captures/monday/line.pcap.gz', gzipSync(capture))
file('captures/readme.txt', 'no capture')
file('captures/wrong.pcap', 'no capture either, whatever its name says')

describe('the command', () => {
  const state = (name: string) => join(folder, 'states', name)
  const rows: readonly { sentence: string; words: readonly string[]; code: number; out?: RegExp; err?: RegExp }[] = [
    {
      sentence: 'reads a capture, and says what comes next',
      words: [plain, '-o', state('one')],
      code: 0,
      out: /^\d devices? in 1 recording: 3 packets over 2 s[^]*\n[^]*modbus \(tcp\/502\) +3 +2\n[^]*bulkhead propose /,
      err: /plain\.pcap: 3 packets in 2 s from 2001-09-09T01:46:40\.005Z/,
    },
    {
      sentence: 'reads the same bytes once, compressed or not',
      words: [plain, plain, '-o', state('twice')],
      code: 0,
      out: /in 1 recording: 3 packets/,
      err: /known already, nothing to add/,
    },
    {
      sentence: 'finds captures below a folder, and leaves out what is none',
      words: [join(folder, 'captures'), '-o', state('folder')],
      code: 0,
      out: /in 1 recording/,
      err: /line\.pcap\.gz: 3 packets[^]*wrong\.pcap: not a capture, left out/,
    },
    {
      sentence: 'says what could not be read of a file that is cut',
      words: [cut, '-o', state('cut')],
      code: 0,
      err: /the compressed file ends in the middle/,
    },
    {
      sentence: 'counts no time from a recording without packets on',
      words: [file('empty.pcap', capture.subarray(0, 24)), plain, '-o', state('empty')],
      code: 0,
      out: /in 2 recordings: 3 packets over 2 s/,
      err: /empty\.pcap: no packets/,
    },
    {
      sentence: 'does not find a file',
      words: [join(folder, 'none'), '-o', state('x')],
      code: 2,
      err: /there is no such file/,
    },
    {
      sentence: 'says that a file is no capture',
      words: [join(folder, 'captures/readme.txt'), '-o', state('x')],
      code: 2,
      err: /is no capture: it is neither pcap nor pcapng/,
    },
    {
      sentence: 'says that a folder holds none',
      words: [join(folder, 'states'), '-o', state('x')],
      code: 2,
      err: /holds no captures\./,
    },
    {
      sentence: 'does not know such a duration',
      words: [plain, '--for', 'long', '-o', state('x')],
      code: 2,
      err: /Give a duration such as 30s/,
    },
    {
      sentence: 'does not find an edge',
      words: ['edge:/nowhere/edge.sock', '-o', state('x')],
      code: 5,
      err: /No edge answers at/,
    },
  ]
  for (const { sentence, words, code, out, err } of rows)
    test(sentence, async () => {
      const result = await discover(...words)
      assert.equal(result.code, code, result.err)
      if (out !== undefined) assert.match(result.out, out)
      if (err !== undefined) assert.match(result.err, err)
    })

  test('prints inventory and flows as one JSON value', async () => {
    const { out } = await discover(plain, '-o', state('json'), '--json')
    const { inventory, flows, captures }: Record<string, readonly Record<string, unknown>[]> = JSON.parse(out)
    assert.equal(captures?.length, 1)
    assert.ok(inventory?.some(({ ips }) => Array.isArray(ips) && ips.includes('198.18.1.10')))
    assert.deepEqual([flows?.[0]?.['protocol'], flows?.[0]?.['port']], ['modbus', 502])
  })

  test('learns less, and no commands, where only headers are wanted', async () => {
    const { out } = await discover(plain, '-o', state('headers'), '--no-commands', '--json')
    const { flows }: { flows: readonly { commands: readonly unknown[] }[] } = JSON.parse(out)
    assert.deepEqual(
      flows.map(({ commands }) => commands),
      [[]],
    )
  })
})
