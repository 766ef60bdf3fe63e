import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findRule, sameRule } from './rule.ts'

const text = `version: 1
site: plant
zones:
  office: { level: 3, networks: [198.18.1.0/24] }
  line:
    level: 1

    networks: [198.18.2.0/24]
conduits:
  - { id: run, from: hmi, to: plc, service: modbus }
  # for the maintenance
  - id: look
    from: ews
    to: plc
    service: modbus
    allow:
      - read
  - { id: last, from: ews, to: plc, service: tcp/22 }
`

describe('a rule in a document', () => {
  for (const [says, rule, section, line, lines] of [
    ['on one line', 'run', 'conduits', 10, '- { id: run, from: hmi, to: plc, service: modbus }'],
    [
      'over several',
      'look',
      'conduits',
      12,
      '- id: look\n  from: ews\n  to: plc\n  service: modbus\n  allow:\n    - read',
    ],
    ['at the end', 'last', 'conduits', 18, '- { id: last, from: ews, to: plc, service: tcp/22 }'],
    ['by its key', 'office', 'zones', 4, 'office: { level: 3, networks: [198.18.1.0/24] }'],
    ['by its key, over several lines', 'line', 'zones', 5, 'line:\n  level: 1\n\n  networks: [198.18.2.0/24]'],
  ] as const)
    it(`is found ${says}`, () => {
      const found = findRule(text, rule)
      assert.deepEqual([found?.section, found?.line, found?.text], [section, line, lines])
    })
  for (const [says, document, rule] of [
    ['that is not there', text, 'nothing'],
    ['named like what every object has', text, 'constructor'],
    ['in what is no document', '- 1', 'run'],
    ['in nothing', '', 'run'],
  ] as const)
    it(`is not found ${says}`, () => assert.equal(findRule(document, rule), undefined))
  it('is the same however it is written, and another when it says something else', () => {
    const written = text.replace(
      '- { id: run, from: hmi, to: plc, service: modbus }',
      '- id: run\n    to: plc\n    from: hmi\n    service: modbus',
    )
    assert.ok(sameRule(findRule(text, 'run'), findRule(written, 'run')))
    assert.ok(!sameRule(findRule(text, 'run'), findRule(text.replace('modbus }', 's7comm }'), 'run')))
  })
})
