import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { commandLine, type Ran } from '../../../test/fixtures/command-lines.ts'

const root = new URL('../../../', import.meta.url).pathname
const directory = mkdtempSync(join(tmpdir(), 'bulkhead-cli-policy-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))

const example = join(root, 'examples/riverside-bottling.yaml')
const file = (name: string, text: string): string => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}
const text = readFileSync(example, 'utf8')
const broken = file('broken.yaml', text.replace('to: plc-fill', 'to: plc-fil').replace('mode: shadow', 'mode: shadw'))
const failing = file('failing.yaml', text.replace('service: s7comm, expect: deny', 'service: s7comm, expect: permit'))
const wider = file(
  'wider.yaml',
  text
    .replace('    to: plcs\n    service: modbus', '    to: cell-1\n    service: modbus')
    .replace('mode: shadow', 'mode: enforce'),
)
const warned = file('warned.yaml', text.replace(', macs: ["00:1b:1b:aa:00:71"]', ''))

/** A process of its own, given the policy on standard input. */
const piped = (...words: readonly string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(root, 'src/cli/main.ts'), ...words],
      { maxBuffer: 64 << 20 },
      (error, out, err) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err }),
    )
    child.stdin?.end(text)
  })

const rows: readonly { name: string; words: readonly string[]; code: number; out?: RegExp; err?: RegExp }[] = [
  {
    name: 'check says that all is well',
    words: ['check', example],
    code: 0,
    out: /no problems: 4 conduits, 8 assets, 3 zones/,
  },
  {
    name: 'check counts one of a kind as one',
    words: ['check', join(root, 'examples/small.yaml')],
    code: 0,
    out: /no problems: 1 conduit, 2 assets, 2 zones/,
  },
  { name: 'check reads standard input', words: ['check', '-'], code: 0, out: /^stdin: no problems/ },
  {
    name: 'check names every problem and exits with 3',
    words: ['check', broken],
    code: 3,
    out: /mode.*did you mean `shadow`\? \[invalid-value\]\n(.*\n)*.*`plc-fil`.*\n(.*\n)*.*2 errors/,
  },
  {
    name: 'check of warnings is fine',
    words: ['check', warned],
    code: 0,
    out: /warning: asset `historian`.*\[source-unbound\]\n.*1 warning/,
  },
  {
    name: 'check of warnings is not fine with --strict',
    words: ['check', '--strict', warned],
    code: 3,
    out: /1 warning/,
  },
  {
    name: 'check of no file is one sentence',
    words: ['check', join(directory, 'none')],
    code: 2,
    err: /^bulkhead: Cannot read the policy .*: there is no such file\.\nCheck the path/,
  },
  {
    name: 'check of a name that no file can have',
    words: ['check', 'a'.repeat(300)],
    code: 2,
    err: /^bulkhead: Cannot read the policy a+: its name is too long\.\n/,
  },
  { name: 'test says how many pass', words: ['test', example], code: 0, out: /9 of 9 tests pass/ },
  {
    name: 'test shows a failing test with its trace',
    words: ['test', failing],
    code: 3,
    out: /failing\.yaml:\d+:5: test failed: historian to plc-fill, s7comm: expected permit, got deny \(out-of-scope.*\n  historian .*\n    identity: known asset(.*\n)*.*8 of 9 tests pass/,
  },
  {
    name: 'test of a broken policy says so',
    words: ['test', broken],
    code: 3,
    err: /The policy .* has 2 errors\.\n  .*broken\.yaml:\d+:\d+: error/,
  },
  {
    name: 'explain says why, the rule and the nearest conduit',
    words: [
      'explain',
      example,
      '--from',
      'ews-1',
      '--to',
      'plc-fill',
      '--service',
      's7comm',
      '--op',
      'download',
      '--at',
      '2026-11-27T03:00',
    ],
    code: 0,
    out: /denied: .*\[window-closed\]\n  decided by zone cell-1 \(.*:\d+\)(.*\n)*nearest conduit: weekend-maintenance .*\n  when: `maintenance-hours` is closed/,
  },
  {
    name: 'explain names no option where a field was meant',
    words: [
      'explain',
      example,
      '--from',
      'hmi-1',
      '--to',
      'plc-fill',
      '--service',
      'modbus',
      '--op',
      'write-single-register',
      '--field',
      'a=1',
    ],
    code: 2,
    err: /^bulkhead: `a` is no field of this command\.\n--field takes one of unit, register, /,
  },
  {
    name: 'explain takes fields of the command',
    words: [
      'explain',
      example,
      '--from',
      'hmi-1',
      '--to',
      'plc-fill',
      '--service',
      'modbus',
      '--op',
      'write-single-register',
      '--field',
      'unit=1',
      '--field',
      'register=100',
      '--field',
      'value=900',
    ],
    code: 0,
    out: /denied: .*values 900 is not within 0-500 \[constraint-broken\]/,
  },
  {
    name: 'explain permits with what was given',
    words: [
      'explain',
      example,
      '--from',
      'hmi-1',
      '--to',
      'plc-fill',
      '--service',
      'modbus',
      '--op',
      'write-single-register',
      '--field',
      'unit=1',
      '--field',
      'register=100',
      '--field',
      'value=320',
      '--given',
      'unit 1 register 40 = 1, unit 1 register 100 = 300',
    ],
    code: 0,
    out: /^.*\npermitted: .*\[command-permitted\]/,
  },
  {
    name: 'explain knows no such name',
    words: ['explain', example, '--from', 'ews', '--to', 'plc-fill', '--service', 's7comm'],
    code: 2,
    err: /Unknown asset, group, zone or address `ews`; did you mean `ews-1`\?/,
  },
  {
    name: 'explain of what no edge sees',
    words: ['explain', example, '--from', 'hmi-1', '--to', 'ews-1', '--service', 'modbus'],
    code: 1,
    err: /No edge stands between/,
  },
  {
    name: 'explain without a question',
    words: ['explain', example],
    code: 2,
    err: /--from, --to and --service are missing/,
  },
  {
    name: 'explain whose field would say who asks',
    words: ['explain', example, ...'--from hmi-1 --to plc-fill --service modbus --field from=ews-1'.split(' ')],
    code: 2,
    err: /^bulkhead: --field takes a field of the command; `from` is not one\.\nSay it with --from\./,
  },
  {
    name: 'check of a file without an end',
    words: ['check', '/dev/zero'],
    code: 3,
    out: /the policy is larger than 20 MB/,
  },
  { name: 'diff of a policy with itself', words: ['diff', example, example], code: 0, out: /^no difference\n$/ },
  {
    name: 'diff says who may newly talk to whom',
    words: ['diff', example, wider],
    code: 0,
    out: /newly permitted \(1\)\n  \+ historian → .*modbus: read  \(conduit historian-reads\)\n\nmodes \(1\)\n  ~ zone dmz: mode: shadow → enforce/,
  },
  { name: 'diff with --exit-code', words: ['diff', '--exit-code', example, wider], code: 1, out: /newly permitted/ },
  {
    name: 'compile prints nft text',
    words: ['compile', example],
    code: 0,
    out: /# transaction 1\n(.*\n)*.*chain(.*\n)*# flip\n/,
    err: /must be inspected: hmi-operates-fill/,
  },
  {
    name: 'compile of an unknown edge',
    words: ['compile', example, '--edge', 'cell-1-edg'],
    code: 2,
    err: /no edge `cell-1-edg`; did you mean `cell-1-edge`\?/,
  },
  { name: 'schema prints JSON', words: ['schema'], code: 0, out: /^\{\n  "\$schema"/ },
]

describe('bulkhead policy', () => {
  for (const { name, words, code, out, err } of rows)
    test(name, async () => {
      const result = words.includes('-') ? await piped('policy', ...words) : await commandLine(['policy', ...words])
      assert.equal(result.code, code, result.err + result.out)
      if (out !== undefined) assert.match(result.out, out)
      if (err === undefined) assert.equal(result.err, '')
      else assert.match(result.err, err)
      assert.doesNotMatch(result.out + result.err, /\n\s+at .*:\d+:\d+/, 'a stack trace')
      assert.ok(!(result.out + result.err).includes('\u001b'), 'colour in a pipe')
    })

  const json: readonly { words: readonly string[]; code: number; keys: readonly string[] }[] = [
    { words: ['check', broken], code: 3, keys: ['ok', 'file', 'problems'] },
    { words: ['test', failing], code: 3, keys: ['ok', 'file', 'passed', 'failed', 'results'] },
    {
      words: ['explain', example, '--from', 'ews-1', '--to', 'plc-fill', '--service', 's7comm'],
      code: 0,
      keys: ['file', 'explanations'],
    },
    {
      words: ['diff', example, wider],
      code: 0,
      keys: ['same', 'permitted', 'denied', 'modes', 'zones', 'assets', 'other'],
    },
    { words: ['compile', example], code: 0, keys: ['version', 'site', 'edge', 'digest'] },
    { words: ['schema'], code: 0, keys: ['$schema', 'properties'] },
    { words: ['test', broken], code: 3, keys: ['error'] },
  ]
  for (const { words, code, keys } of json)
    test(`${words[0]} --json prints one object (exit ${code})`, async () => {
      const result = await commandLine(['policy', '--json', ...words])
      assert.equal(result.code, code)
      const value: unknown = JSON.parse(result.out)
      assert.ok(typeof value === 'object' && value !== null)
      for (const key of keys) assert.ok(key in value, key)
      assert.equal(result.err, '')
    })

  test('two processes compile to the same bytes, coloured in neither', async () => {
    const words = ['policy', 'compile', example]
    const [first, second] = await Promise.all([piped(...words), commandLine(words)])
    assert.equal(first.code, 0)
    assert.equal(first.out, second.out)
    assert.ok(!(first.out + first.err).includes('\u001b'))
  })
})
