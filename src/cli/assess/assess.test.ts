import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { answers, asks, captureOf, exchange, framed } from '#inspect/small-captures.ts'
import { commandLine } from '../../../test/fixtures/command-lines.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-cli-assess-'))
after(() => {
  rmSync(folder, { recursive: true, force: true })
})
const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const state = join(folder, 'plant')
const nothing = join(folder, 'nothing')
const page = join(folder, 'report.html')

/** A greeting on port 23, and its answer. */
const telnet = [asks('6869', 1000, 23), answers('6c6f67696e3a', 5000, 23)]

before(async () => {
  const capture = file('line.pcap', captureOf([...exchange, ...telnet].map((packet) => framed(packet))))
  const { code, err } = await commandLine(['discover', capture, '-o', state])
  assert.equal(code, 0, err)
})

const advisory = (id: string) => ({
  version: 1,
  advisories: [
    {
      id,
      title: 'an example',
      cves: ['CVE-2026-1234'],
      cvss: 9.1,
      products: [{ vendor: 'Example', product: 'Box 100', versions: ['*'] }],
    },
  ],
})
const simulation = {
  recorded: { text: 'Recorded was an hour.' },
  summary: { conversations: 2, denied: 1, commands: 3, commandsDenied: 1 },
  conversations: [
    {
      client: '198.18.1.1',
      server: '198.18.1.2',
      service: 'modbus',
      outcome: { verdict: 'denied', permitted: 0, denied: 4, because: 'no conduit permits it' },
    },
  ],
  zones: [],
  blind: [],
}

interface Row {
  readonly name: string
  readonly words: readonly string[]
  readonly code: number
  readonly out?: RegExp
  readonly err?: RegExp
}

const rows: readonly Row[] = [
  {
    name: 'assess says what was observed and what comes first',
    words: ['assess', state, '--timezone', 'UTC'],
    code: 0,
    out: /^Observed .*\n(.*\n)*.*advisor(?:y|ies) in the index(.*\n)*.*in clear text \(Telnet\)/,
  },
  {
    name: 'assess knows no such time zone',
    words: ['assess', state, '--timezone', 'Nowhere'],
    code: 2,
    err: /no time zone `Nowhere`/,
  },
  { name: 'assess finds nothing where nothing was discovered', words: ['assess', nothing], code: 1, err: /nothing/ },
  { name: 'assess ends well when nothing is so severe', words: ['assess', state, '--fail-on', 'critical'], code: 0 },
  { name: 'assess ends with 1 when something is', words: ['assess', state, '--fail-on', 'info'], code: 1 },
  {
    name: 'report writes a page',
    words: ['report', state, '-o', page, '--site', 'riverside'],
    code: 0,
    out: /report\.html: \d+ devices?, \d+ findings?, \d+ signs? of attack/,
  },
  {
    name: 'report names a folder that is not there',
    words: ['report', state, '-o', join(folder, 'none', 'r.html')],
    code: 2,
    err: /no such file or directory/,
  },
  {
    name: 'report refuses what is no simulation',
    words: ['report', state, '--simulation', file('no.json', '{"recorded":{}}')],
    code: 2,
    err: /no\.json is no result of a simulation\.\n +\$\.recorded\.text/,
  },
  {
    name: 'report refuses a policy with errors',
    words: ['report', state, '--policy', file('bad.yaml', 'version: 1\n'), '-o', join(folder, 'no.html')],
    code: 3,
  },
  {
    name: 'advisories ship with Bulkhead',
    words: ['advisories', 'list'],
    code: 0,
    out: /ICSA-21-152-01 +2022-10-10 +8\.1 +shipped +Siemens/,
  },
  {
    name: 'advisories are imported',
    words: ['advisories', 'import', file('a.json', JSON.stringify(advisory('EX-1'))), '--state', state],
    code: 0,
    out: /1 file: 1 advisory added, 0 replaced by newer ones, 0 as before; 1 in the index/,
  },
  {
    name: 'advisories are imported again without a change',
    words: ['advisories', 'import', join(folder, 'a.json'), '--state', state],
    code: 0,
    out: /0 advisories added, 0 replaced by newer ones, 1 as before; 1 in the index/,
  },
  {
    name: 'advisories of one vendor are listed',
    words: ['advisories', 'list', '--state', state, '--vendor', 'EXAMPLE'],
    code: 0,
    out: /EX-1 .*9\.1 +imported/,
  },
  {
    name: 'advisories that are wrong are named with the place',
    words: [
      'advisories',
      'import',
      join(folder, 'a.json'),
      file('b.json', JSON.stringify(advisory('not an id'))),
      '--state',
      state,
    ],
    code: 2,
    err: /b\.json cannot be read as an advisory\.\n +\$\.advisories\[0\]\.id/,
  },
  {
    name: 'advisories have no place where nothing was discovered',
    words: ['advisories', 'import', join(folder, 'a.json'), '--state', nothing],
    code: 1,
  },
]

describe('the commands', () => {
  for (const { name, words, code, out, err } of rows)
    test(name, async () => {
      const result = await commandLine(words)
      assert.equal(result.code, code, `${result.out}${result.err}`)
      if (out !== undefined) assert.match(result.out, out)
      if (err !== undefined) assert.match(result.err, err)
    })

  test('a wrong file leaves the index as it was', async () => {
    const index: { advisories: unknown[] } = JSON.parse(readFileSync(join(state, 'advisories.json'), 'utf8'))
    assert.equal(index.advisories.length, 1)
  })

  test('a refused report writes no page', () => {
    assert.equal(existsSync(join(folder, 'no.html')), false)
  })

  test('a report holds the policy that is proposed, and a simulation when there is one', async () => {
    const { code, err } = await commandLine([
      'report',
      state,
      '-o',
      page,
      '--simulation',
      file('s.json', JSON.stringify(simulation)),
    ])
    assert.equal(code, 0, err)
    const text = readFileSync(page, 'utf8')
    assert.match(text, /^<!doctype html>/)
    assert.match(text, /id="policy"/)
    assert.match(text, /no conduit permits it/)
  })

  test('assess prints one JSON value with every finding', async () => {
    const { out } = await commandLine(['assess', state, '--json'])
    const value: Record<string, unknown> = JSON.parse(out)
    assert.deepEqual(Object.keys(value).toSorted(), ['advisories', 'baseline', 'exposure', 'findings', 'signs'])
    assert.equal(value['advisories'], 6)
  })

  test('a damaged index is said to be damaged', async () => {
    const other = join(folder, 'other')
    mkdirSync(other)
    const { code } = await commandLine(['discover', join(folder, 'line.pcap'), '-o', other])
    assert.equal(code, 0)
    writeFileSync(join(other, 'advisories.json'), '{')
    const { code: ended, err } = await commandLine(['assess', other])
    assert.equal(ended, 4)
    assert.match(err, /advisories\.json is damaged: it is not JSON\./)
  })
})
