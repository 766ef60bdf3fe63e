import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadPolicyText } from '#policy/load.ts'
import { safetyChanges } from './safety.ts'

const text = `
version: 1
site: plant
edges:
  e1:
    bridge: br0
    ports:
      a: { device: eth1, zones: [office] }
      b: { device: eth2, zones: [line] }
      c: { device: eth3, zones: [safety] }
zones:
  office: { level: 3, networks: [198.18.1.0/24] }
  line: { level: 1, networks: [198.18.2.0/24] }
  safety: { level: 1, networks: [198.18.3.0/24] }
assets:
  ews: { ips: [198.18.1.10], zone: office, kind: engineering }
  hmi: { ips: [198.18.1.20], zone: office, kind: hmi }
  plc: { ips: [198.18.2.10], zone: line, kind: plc }
  sis: { ips: [198.18.3.10], zone: safety, kind: sis }
groups:
  readers: { assets: [ews] }
conduits:
  - { id: run, from: hmi, to: plc, service: modbus }
  - { id: look, from: readers, to: sis, service: modbus, allow: [read] }
`
const site = (of = text) => loadPolicyText(of, 'test').site
const before = site()
const changed = (from: string, to: string) => site(text.replace(from, () => to))

const rows: readonly (readonly [says: string, after: ReturnType<typeof site>, changes: readonly string[]])[] = [
  ['nothing where nothing changed', site(), []],
  ['nothing for a conduit between others', changed('id: run, from: hmi', 'id: run, from: ews'), []],
  ['nothing for an asset elsewhere', changed('198.18.2.10', '198.18.2.11'), []],
  ['its address', changed('198.18.3.10', '198.18.3.11'), ['asset sis', 'conduit look']],
  ['what makes it one', changed('kind: sis', 'kind: plc'), ['asset sis', 'zone safety', 'conduit look', 'edge e1']],
  ['the mode of its zone', changed('[198.18.3.0/24] }', '[198.18.3.0/24], mode: enforce }'), ['zone safety']],
  ['who may read it, through a group', changed('assets: [ews]', 'assets: [ews, hmi]'), ['conduit look']],
  ['where a reader is', changed('198.18.1.10', '198.18.1.11'), ['conduit look']],
  [
    'a new way to it',
    changed('- { id: run', '- { id: more, from: hmi, to: safety, service: modbus, allow: [read] }\n  - { id: run'),
    ['conduit more'],
  ],
]

describe('a change touches a safety system by', () => {
  for (const [says, after, changes] of rows) it(says, () => assert.deepEqual(safetyChanges(before, after), changes))
  it('bringing one in with the first policy', () => {
    assert.ok(safetyChanges(undefined, before).includes('asset sis'))
    assert.deepEqual(safetyChanges(undefined, changed('kind: sis', 'kind: plc')), [])
  })
})
