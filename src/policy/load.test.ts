import assert from 'node:assert/strict'
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Fault } from '#core/errors.ts'
import { examinePolicy, loadPolicy } from './load.ts'
import { sentence } from './report.ts'

const directory = mkdtempSync(join(tmpdir(), 'bulkhead-policy-'))
process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
const written = (text: string): string => {
  const file = join(directory, 'site.yaml')
  writeFileSync(file, text)
  return file
}

const right = `version: 1
site: test
edges: { e: { bridge: br0, ports: { a: { zones: [office] }, b: { zones: [cell] } } } }
zones:
  office: { level: 3, networks: [198.18.0.0/24] }
  cell: { level: 1, networks: [198.18.1.0/24] }
assets:
  hmi: { ips: [198.18.0.10], zone: office }
  plc: { ips: [198.18.1.10], zone: cell }
conduits:
  - { id: one, from: hmi, to: plc, service: modbus }
  - { id: two, from: hmi, to: plc, service: tcp/22 }
`

const rows: readonly { name: string; text: string; are: readonly string[] }[] = [
  { name: 'a right policy', text: right, are: [] },
  {
    name: 'a mistake in shape among decoys, and one in meaning elsewhere, but nothing that follows from decoys being left out',
    text: `${right}responses:
  - { zone: cell, event: out-of-scope, stranger: deceive, agreed-by: [a] }
decoys:
  pools: [{ id: p, zone: cell, approved: [198.18.1.300], personas: { a: 1 }, approved-by: [] }]
`.replace('from: hmi, to: plc, service: tcp/22', 'from: hm, to: plc, service: tcp/22'),
    are: ['12 unknown-end', '16 invalid-value'],
  },
  {
    name: 'a mistake in shape and one in meaning elsewhere',
    text: right
      .replace('level: 3', 'level: high')
      .replace('from: hmi, to: plc, service: tcp/22', 'from: hm, to: plc, service: tcp/22'),
    are: ['5 wrong-type', '12 unknown-end'],
  },
  {
    name: 'a mistake in meaning after an entry that is no conduit, at its own line',
    text: right
      .replace('  - { id: one, from: hmi, to: plc, service: modbus }', '  - modbus')
      .replace('service: tcp/22', 'service: tpc/22'),
    are: ['11 wrong-type', '12 unknown-service'],
  },
  {
    name: 'names of what is wrong itself are not unknown',
    text: right
      .replace('plc: { ips: [198.18.1.10], zone: cell }', 'plc: { ips: 198.18.1.10, zone: cell }')
      .replace('cell: { level: 1,', 'cell: { level: none,'),
    are: ['6 wrong-type', '9 wrong-type'],
  },
  {
    name: 'a whole section of the wrong kind',
    text: right.replace(/assets:[^]*conduits/, 'assets: none\nconduits').replace('tcp/22', 'tcp/99999'),
    are: ['7 wrong-type'],
  },
  {
    name: 'a misspelt key beside a wrong reference in one entry',
    text: right.replace('id: two, from: hmi', 'id: two, reazon: x, from: hmj'),
    are: ['12 unknown-key', '12 unknown-end'],
  },
  {
    name: 'a wrong version',
    text: right.replace('version: 1', 'version: 2').replace('to: plc, service: tcp/22', 'to: plx, service: tcp/22'),
    are: ['1 invalid-value', '12 unknown-end'],
  },
]

describe('problems of shape and meaning come together for', () => {
  for (const { name, text, are } of rows)
    test(name, () => {
      const { problems } = examinePolicy(written(text))
      const errors = problems.filter(({ severity }) => severity === 'error')
      assert.deepEqual(
        errors.map(({ line, code }) => `${line} ${code}`),
        are,
        problems.map(sentence).join('\n'),
      )
    })
})

const faultOf = (act: () => unknown): Fault => {
  try {
    act()
  } catch (error) {
    assert.ok(error instanceof Fault)
    return error
  }
  return assert.fail('nothing was thrown')
}

test('a policy with errors cannot be loaded, and the fault names their lines', () => {
  const file = written(right.replace('tcp/22', 'tpc/22'))
  const fault = faultOf(() => loadPolicy(file))
  assert.equal(fault.code, 'policy-invalid')
  assert.match(fault.details[0] ?? '', /site\.yaml:12:\d+: error: unknown service `tpc\/22`/)
})

test('warnings do not stop a policy from being loaded', () => {
  const { site, warnings } = loadPolicy(written(right.replace('service: tcp/22', 'service: tcp/22, on-failure: open')))
  assert.equal(site.conduits.length, 2)
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['without-allow'],
  )
})

test('a file that is not there, or is a directory, is one sentence', () => {
  assert.match(
    faultOf(() => loadPolicy(join(directory, 'none.yaml'))).message,
    /^Cannot read the policy .*none\.yaml: there is no such file$/,
  )
  assert.match(faultOf(() => loadPolicy(directory)).message, /it is a directory$/)
})
