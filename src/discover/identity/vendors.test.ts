import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { enterpriseName } from './enterprises.ts'
import { knownVendor } from './vendor-names.ts'
import { shortVendor, vendorOf } from './vendors.ts'

const registered: readonly (readonly [sentence: string, mac: string, vendor: string | undefined])[] = [
  ['a block of 2^24', '00:1b:1b:aa:00:10', 'Siemens AG,'],
  ['in capitals and with hyphens', '00-1B-1B-AA-00-10', 'Siemens AG,'],
  ['a block of 2^20 before the block that it was cut from', 'c8:5c:e2:7a:bc:de', 'SYNERGY SYSTEMS AND SOLUTIONS'],
  ['an address given locally', '02:1b:1b:aa:00:10', undefined],
  ['a group', '01:0e:cf:00:00:00', undefined],
  ['everyone', 'ff:ff:ff:ff:ff:ff', undefined],
  ['no address', '00:1b:1b', undefined],
  ['an IP address', '198.18.1.10', undefined],
  ['nothing', '', undefined],
]

describe('the company that an address was given to', () => {
  for (const [sentence, mac, vendor] of registered) test(sentence, () => assert.equal(vendorOf(mac), vendor))
})

const short: readonly (readonly [vendor: string, name: string])[] = [
  ['Siemens AG', 'Siemens'],
  ['Siemens Numerical Control Ltd., Nanjing', 'Siemens'],
  ['Siemens Healthcare Diagnostics Manufacturing Ltd', 'Siemens Healthcare Diagnostics Manufacturing'],
  ['Fujitsu Siemens Computers', 'Fujitsu Siemens Computers'],
  ['Rockwell Automation', 'Rockwell Automation'],
  ['Rockwell Collins Canada', 'Rockwell Collins Canada'],
  ['Schneider-Electric(China)Co.Ltd,Shenzhen Branch', 'Schneider Electric'],
  ['Phoenix Contact GmbH & Co. KG', 'Phoenix Contact'],
  ['WAGO Kontakttechnik GmbH', 'WAGO'],
  ['MOXA TECHNOLOGIES CORP., LTD.', 'Moxa'],
  ['Hirschmann Automation and Control GmbH', 'Hirschmann'],
  ['Hirschmann Multimedia B.V.', 'Hirschmann Multimedia'],
  ['ABB Oy / Medium Voltage Products', 'ABB'],
  ['Abbott Diagnostics', 'Abbott Diagnostics'],
  ['OMRON HEALTHCARE Co., Ltd.', 'OMRON HEALTHCARE'],
  ['Bosch Rexroth AG', 'Bosch Rexroth'],
  ['Example Devices Co., Ltd.', 'Example Devices'],
  ['Inc.', 'Inc'],
  ['', ''],
]

describe('a short name', () => {
  for (const [vendor, name] of short) test(`of ${vendor} is ${name}`, () => assert.equal(shortVendor(vendor), name))
})

test('vendors by enterprise number have the names that their addresses have', () => {
  for (const number of [9, 95, 248, 318, 3833, 4196, 4329, 4346, 8691, 13_576, 15_004, 16_838]) {
    const name = enterpriseName(number)
    assert.equal(knownVendor(name) ?? shortVendor(name), name)
  }
  assert.equal(enterpriseName(8072), '')
})
