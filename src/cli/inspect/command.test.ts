import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { addresses } from '#inspect/wire.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'
import { capturesFolder, withoutCaptures } from '../../../test/fixtures/captures.ts'
import { asks, captureOf, exchange, framed, narrow, read } from '#inspect/small-captures.ts'
import { readCapture } from '#discover/sources/file.ts'
import { Reading } from './reading.ts'

const { client, server } = addresses

describe('the command', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-cli-inspect-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, content: Uint8Array | string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const capture = captureOf(exchange.map((packet) => framed(packet)))
  const plain = file('plain.pcap', capture)
  const elsewhere = file('elsewhere.pcap', captureOf([framed(asks(read('0001'), 1000, 1502))]))
  const packed = file('packed.pcap.gz', gzipSync(capture))
  const damaged = Buffer.from(gzipSync(capture))
  damaged.writeUInt32LE(0, damaged.length - 8)
  const policy = file(
    'site.yaml',
    JSON.stringify({
      version: 1,
      site: 'test',
      edges: { edge: { bridge: 'br0', ports: { plant: { zones: ['office'] }, cell: { zones: ['line'] } } } },
      zones: {
        office: { level: 3, networks: ['198.18.1.0/25'] },
        line: { level: 1, networks: ['198.18.2.0/25'] },
      },
      assets: { hmi: { ips: [client], zone: 'office' }, plc: { ips: [server], zone: 'line' } },
      conduits: [{ id: 'c', from: 'hmi', to: 'plc', service: 'modbus', ...narrow }],
    }),
  )
  const inspect = (...words: readonly string[]) => commandLine(['inspect', ...words])

  const rows: readonly { name: string; words: readonly string[]; code: number; out?: RegExp; err?: RegExp }[] = [
    {
      name: 'shows commands as a table, without answers',
      words: [plain],
      code: 0,
      out: /RISK +COMMAND .*\n.* read +read-holding-registers +unit 1 registers 100-101 quantity 2\n.* write +write-single-register +unit 1 registers 100 = 900\n/,
    },
    {
      name: 'shows answers when all is asked for',
      words: [plain, '--all'],
      code: 0,
      out: /answer read-holding-registers .* = 7 9/,
    },
    {
      name: 'reads a compressed file whose checksum is wrong, and says so',
      words: [file('checksum.pcap.gz', damaged), '--all'],
      code: 0,
      out: /NOT READ\n  the compressed file is damaged[^]*3 packets, 3 messages;/,
    },
    {
      name: 'says in JSON too that a compressed file is damaged',
      words: [file('checksum.pcap.gz', damaged), '--json'],
      code: 0,
      out: /"packets":3,.*"skipped":\[\{"why":"the compressed file is damaged/,
    },
    {
      name: 'refuses a compressed file with nothing in it',
      words: [file('nothing.pcap.gz', gzipSync(''))],
      code: 2,
      err: /nothing\.pcap\.gz is empty/,
    },
    { name: 'reads what gzip compressed', words: [packed], code: 0, out: /3 packets, 3 messages;/ },
    {
      name: 'exits with 1 when a policy denies something',
      words: [packed, '--policy', policy],
      code: 1,
      out: /denied .* c: values 900 is not within 0-500 \[constraint-broken\](.*\n)*.*3 messages: 2 permitted, 1 denied/,
    },
    {
      name: 'does not know an edge',
      words: [plain, '--policy', policy, '--edge', 'edg'],
      code: 2,
      err: /did you mean `edge`\?/,
    },
    {
      name: 'says when a policy covers nothing of a capture',
      words: [elsewhere, '--policy', policy],
      code: 0,
      err: /nothing was judged: no conduit with `allow:` covers/,
    },
    { name: 'says that a file is empty', words: [file('empty.pcap', '')], code: 2, err: /empty\.pcap is empty\./ },
    { name: 'says that a file is a directory', words: [folder], code: 2, err: /is a directory\./ },
    { name: 'does not find a file', words: [join(folder, 'none')], code: 2, err: /no such file or directory/ },
    {
      name: 'says that a file is no capture',
      words: [policy],
      code: 2,
      err: /is no capture: it is neither pcap nor pcapng/,
    },
  ]
  for (const { name, words, code, out, err } of rows)
    test(name, async () => {
      const result = await inspect(...words)
      assert.equal(result.code, code, result.err)
      if (out !== undefined) assert.match(result.out, out)
      if (err !== undefined) assert.match(result.err, err)
    })

  test('prints one JSON value a line, the summary last', async () => {
    const { out } = await inspect(plain, '--policy', policy, '--json')
    const values = out
      .trimEnd()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line))
    assert.equal(values.length, 3)
    assert.equal(values[1]?.['verdict'], 'denied')
    assert.ok(values[2]?.['summary'] !== undefined)
  })
})

describe('public captures', () => {
  const skip = withoutCaptures() ?? false
  const modbus = 'zeek-zeek/testing/btest/Traces/modbus'
  const captures: readonly { file: string; packets: number; messages: Record<string, number> }[] = [
    { file: `${modbus}/modbusSmall.pcap`, packets: 166, messages: { modbus: 32 } },
    { file: `${modbus}/modbusBig.pcap`, packets: 13_622, messages: { modbus: 5549, s7comm: 1972 } },
    { file: 'cisagov-icsnpp-s7comm/tests/traces/snap7.pcap', packets: 64, messages: { s7comm: 64 } },
    { file: 'zeek-zeek/testing/btest/Traces/dnp3/dnp3_read_p20001.pcap', packets: 10, messages: { dnp3: 2 } },
    {
      file: 'ITI-ICS-Security-Tools/pcaps/ModbusTCP/mb2.pcap',
      packets: 13_472,
      messages: { modbus: 3585, s7comm: 3910, enip: 2216 },
    },
  ]
  for (const { file, packets, messages } of captures)
    test(`${file} is read whole`, { skip }, async () => {
      const reading = new Reading(undefined, () => {})
      const { skips } = await readCapture(
        join(capturesFolder, file),
        (record) => reading.record(record),
        () => {},
      )
      const summary = reading.end(skips)
      assert.equal(summary.packets, packets)
      assert.deepEqual(Object.fromEntries(summary.conduits.map((one) => [one.conduit, one.messages])), messages)
      assert.equal(summary.denied, 0)
    })
})
