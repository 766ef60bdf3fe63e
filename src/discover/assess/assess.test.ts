import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readYaml } from '#policy/yaml/read.ts'
import { Conduit, Deny } from '#schema/site.ts'
import type { Kind } from '../model.ts'
import { addresses, conversationOf, factOf } from '../plant.ts'
import { concluded, deviceOf, inventoryFrom, plantDevices, signOf } from './example.ts'
import { between, cloud, found, office, plain, sends, server, type Plant } from './example-findings.ts'
import { exposuresOf } from './exposure.ts'
import { severityOf } from './risk.ts'
import { isTechnique } from './techniques.ts'
import { processorMs } from '../../../test/fixtures/processor.ts'

const { hmi, plcA, plcB, ews } = plantDevices

const everything: Plant = {
  devices: [
    { ...hmi, facts: [factOf({ name: 'os', value: 'Windows 7' })] },
    { ...plcA, criticality: concluded<'high'>('high') },
    plcB,
    ews,
    server,
    office,
    cloud,
    deviceOf({ id: 'x', ips: ['198.18.2.99'], kind: concluded<Kind>('other', 0.2) }),
  ],
  conversations: [
    conversationOf(),
    sends(server, plcA, { op: 'write-single-register', risk: 'write' }),
    sends(office, plcB, { op: 'stop', risk: 'control' }),
    sends(hmi, plcB, { op: 'program-download', risk: 'program' }),
    ...[hmi, ews, server, office].map((client) => between(client, plcA)),
    plain(office, ews, 3389),
    plain(hmi, plcA, 23),
    plain(cloud, plcA, 502),
    plain(ews, cloud, 443),
  ],
  signs: [signOf(), signOf({ kind: 'device-stop', targets: [addresses.plcB], source: addresses.ews })],
}

describe('every finding', () => {
  const findings = found(everything)
  test('is there: most rules have one in this plant', () => {
    assert.ok(new Set(findings.map(({ id }) => id)).size >= 10)
  })
  for (const finding of findings)
    test(`${finding.id} says what it takes: consequence, next step, packets, techniques, derivation`, () => {
      for (const text of [finding.title, finding.consequence, finding.next]) assert.match(text, /^\S.{10,600}\S$/)
      assert.doesNotMatch(`${finding.title}${finding.consequence}${finding.next}`, /undefined|NaN|\[object/)
      assert.ok(finding.evidence.length > 0 && finding.evidence.length <= 8)
      assert.ok(finding.techniques.length > 0 && finding.techniques.every(isTechnique))
      assert.ok(finding.derivation.length > 0)
      const sum = finding.derivation.reduce((total, { points }) => total + points, 0)
      assert.equal(finding.risk, Math.round(Math.min(100, Math.max(0, sum))))
      assert.equal(finding.severity, severityOf(finding.risk))
    })

  test('with a line for a policy shows one that a policy takes', () => {
    const lines = findings.flatMap(({ next }) => next.match(/`\{[^`]*\}`/g) ?? [])
    assert.ok(lines.length >= 4)
    for (const line of lines) {
      const text = line
        .slice(1, -1)
        .replace('<date>', '2027-03-31')
        .replaceAll(/<(\w+)>/g, '$1')
        .replaceAll(/(from|to): \[([a-z0-9-]+)[^\]]*\]/g, '$1: $2')
      const value: unknown = readYaml(text).value
      assert.ok(typeof value === 'object' && value !== null, text)
      const whole = 'id' in value ? Deny.safeParse(value) : Conduit.safeParse({ id: 'c', ...value })
      assert.ok(whole.success, `${text}: ${whole.success ? '' : whole.error.message}`)
    }
  })

  test('stands in the order of its risk, and the order of the devices does not matter', () => {
    assert.deepEqual(
      findings.map(({ risk }) => risk),
      findings.map(({ risk }) => risk).toSorted((a, b) => b - a),
    )
    const turned = found({ ...everything, devices: (everything.devices ?? []).toReversed() })
    assert.deepEqual(
      turned.map(({ id, risk }) => [id, risk]),
      findings.map(({ id, risk }) => [id, risk]),
    )
  })

  test('about a device of high criticality weighs more', () => {
    const of = (value: 'low' | 'high') =>
      found({
        devices: [{ ...plcA, criticality: concluded<'low' | 'high'>(value) }, hmi],
        conversations: [plain(hmi, plcA, 80)],
      }).find(({ id }) => id === 'unneeded-service')
    assert.equal(of('high')!.risk - of('low')!.risk, 20)
  })
})

describe('exposure', () => {
  test('adds up by device and by zone, the worst first', () => {
    const { devices, zones } = exposuresOf(inventoryFrom(everything.devices ?? []), found(everything))
    assert.equal(devices[0]?.risk, Math.max(...devices.map(({ risk }) => risk)))
    assert.ok(zones.some(({ name }) => name === 'level-1'))
    assert.ok([...devices, ...zones].every(({ risk, findings }) => risk >= 0 && risk <= 100 && findings > 0))
  })
})

describe('hostile traffic', () => {
  test('makes a bounded list of findings in bounded time', () => {
    const signs = Array.from({ length: 5000 }, (_, n) => signOf({ text: `scan number ${n} of many` }))
    const from = processorMs()
    const findings = found({ signs })
    assert.ok(processorMs() - from < 2000)
    assert.ok(findings.length < 300)
    assert.ok(findings.some(({ title }) => title.startsWith('4800 more like this')))
  })
})
