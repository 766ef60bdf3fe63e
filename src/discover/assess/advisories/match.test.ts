import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Advisory, AffectedProduct } from '#schema/advisories.ts'
import { deviceOf } from '../example.ts'
import { matcherOf } from './match.ts'
import { shippedAdvisories } from './shipped.ts'
import { vendorKey } from './vendors.ts'

const certain = <T>(value: T) => ({ value, confidence: 0.95, because: ['it says so'] })

const matches = (advisories: readonly Advisory[], vendor: string | undefined, model: string, firmware?: string) =>
  matcherOf(advisories).matches(
    deviceOf({
      id: 'plc-1',
      ...(vendor === undefined ? {} : { vendor: certain(vendor) }),
      model: certain(model),
      ...(firmware === undefined ? {} : { firmware: certain(firmware) }),
    }),
  )

describe('the advisories that ship, against devices', () => {
  const shipped = shippedAdvisories()
  const rows: readonly {
    readonly device: readonly [vendor: string | undefined, model: string, firmware?: string]
    readonly found: Readonly<Record<string, string>>
  }[] = [
    { device: ['Siemens AG', 'CPU 1214C DC/DC/DC', 'V4.2.1'], found: { 'ICSA-21-152-01': 'affected' } },
    { device: ['Siemens', '6ES7 214-1AG40-0XB0', 'V4.5.0'], found: {} },
    { device: ['Siemens', 'CPU 1214C'], found: { 'ICSA-21-152-01': 'possible' } },
    { device: ['Siemens', 'CPU 1516-3 PN/DP', 'V2.8.1'], found: { 'ICSA-21-152-01': 'affected' } },
    {
      device: ['Siemens', 'CPU 1516-3 PN/DP', 'V1.6.0'],
      found: { 'ICSA-18-079-02': 'affected', 'ICSA-21-152-01': 'affected' },
    },
    { device: ['Siemens', 'CPU 315-2 PN/DP 6ES7 315-2EH14-0AB0', 'V3.2.8'], found: { 'ICSA-18-079-02': 'affected' } },
    { device: ['Siemens', '6ES7 315-2EH14-0AB0', 'V3.2.16'], found: {} },
    { device: ['Siemens', 'CPU 315-2 PN/DP', 'V3.2.8'], found: { 'ICSA-18-079-02': 'possible' } },
    { device: ['Siemens', 'SIMATIC S7-1500 Software Controller', 'V21.8'], found: { 'ICSA-21-152-01': 'affected' } },
    { device: ['Siemens', 'SCALANCE X208', 'V1.0'], found: {} },
    { device: ['Rockwell Automation/Allen-Bradley', '1756-EN2T/B', '5.008'], found: { 'ICSA-23-193-01': 'affected' } },
    { device: ['Rockwell Automation', '1756-EN2T/D', '10.006'], found: { 'ICSA-23-193-01': 'affected' } },
    { device: ['Rockwell Automation', '1756-EN2T/D', '11.004'], found: {} },
    { device: ['Rockwell Automation', '1756-EN2T', '10.006'], found: { 'ICSA-23-193-01': 'possible' } },
    { device: ['Rockwell Automation', '1756-EN2TR/C', '5.008'], found: {} },
    { device: ['Rockwell Automation', '1756-L75/B LOGIX5575', '33.011'], found: { 'ICSA-22-090-05': 'affected' } },
    { device: ['Schneider Electric', 'BMX P34 2020', 'V2.7'], found: { 'ICSA-21-194-02': 'affected' } },
    { device: ['Schneider Electric', 'BMEP584040', 'V3.10'], found: { 'ICSA-21-194-02': 'affected' } },
    { device: ['Schneider Electric', 'TM221CE16R', 'V1.5'], found: {} },
    { device: ['WAGO', 'CPU 1214C', 'V4.2.1'], found: {} },
    { device: [undefined, 'CPU 1214C', 'V4.2.1'], found: {} },
    { device: ['Siemens', 'CPU', 'V1.0'], found: {} },
    { device: ['Siemens', '', 'V1.0'], found: {} },
  ]
  for (const { device, found } of rows)
    test(device.map((part) => part ?? 'no vendor').join(', '), () => {
      assert.deepEqual(
        Object.fromEntries(matches(shipped, ...device).map(({ advisory, certainty }) => [advisory.id, certainty])),
        found,
      )
    })

  test('say why', () => {
    assert.deepEqual(matches(shipped, 'Siemens', 'CPU 1214C')[0]?.because, [
      'the advisory names SIMATIC S7-1200 CPU family, < V4.5.0',
      'its firmware is not known',
    ])
  })
})

describe('one advisory', () => {
  const advisory = (...products: readonly Partial<AffectedProduct>[]): Advisory => ({
    id: 'A-1',
    title: 'a',
    cves: [],
    products: products.map((product) => ({ vendor: 'Example', product: 'Box 100', versions: ['*'], ...product })),
  })
  test('gives one match, the certain one before the possible one, then the worse one', () => {
    const found = matches(
      [advisory({ versions: ['once'] }, { cvss: 5 }, { cvss: 9 }, { cvss: 7 })],
      'Example GmbH',
      'Box 100',
      '1',
    )
    assert.deepEqual(
      found.map(({ certainty, product }) => [certainty, product.cvss]),
      [['affected', 9]],
    )
  })
  test('with a range that cannot be read is possible', () => {
    assert.equal(
      matches([advisory({ versions: ['before the recall'] })], 'Example', 'Box 100', '1')[0]?.certainty,
      'possible',
    )
  })
  test('whose product has no telling word matches nothing', () => {
    assert.deepEqual(matches([advisory({ product: 'CPU module' })], 'Example', 'CPU module 100', '1'), [])
  })
  test('is not found by a short order number inside a longer one', () => {
    assert.deepEqual(matches([advisory({ product: 'Panel', models: ['10'] })], 'Example', 'Box 100', '1'), [])
  })
})

describe('two names of one vendor', () => {
  const rows: readonly (readonly [a: string, b: string, same: boolean])[] = [
    ['Siemens AG', 'SIEMENS', true],
    ['Rockwell Automation, Inc.', 'Allen-Bradley', true],
    ['Schneider Electric Software, LLC', 'Telemecanique', true],
    ['Phoenix Contact GmbH & Co. KG', 'phoenix contact', true],
    ['Example Co., Ltd.', 'Example', true],
    ['Hitachi Energy', 'Hitachi', false],
    ['Abbott', 'ABB', false],
    ['', '', false],
  ]
  for (const [a, b, same] of rows)
    test(`${a} and ${b}: ${same ? 'one' : 'two'}`, () => {
      assert.equal(vendorKey(a) !== undefined && vendorKey(a) === vendorKey(b), same)
    })
})
