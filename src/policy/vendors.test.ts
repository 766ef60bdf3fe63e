import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Site } from '#schema/site.ts'
import { resolveEnd } from './ends.ts'
import { hasWords, unmatchedVendors } from './vendors.ts'

const asset = (last: number, more: Record<string, unknown>) => ({ ips: [`198.18.1.${last}`], zone: 'cell', ...more })

const siteOf = (group: Record<string, unknown>) =>
  Site.parse({
    version: 1,
    site: 'test',
    edges: { e: { ports: { a: { zones: ['cell'] }, b: { zones: ['cell'] } } } },
    zones: { cell: { level: 1, networks: ['198.18.1.0/24'] } },
    assets: {
      plc: asset(10, { kind: 'plc', vendor: 'Siemens AG' }),
      drive: asset(11, { kind: 'drive', vendor: 'SIEMENS' }),
      'other-plc': asset(12, { kind: 'plc', vendor: 'Rockwell Automation/Allen-Bradley' }),
      'no-vendor': asset(13, { kind: 'plc' }),
    },
    groups: { g: group },
  })

const rows: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
  ['vendors alone stand for all their devices', { vendors: ['siemens'] }, ['plc', 'drive']],
  ['a kind alone stands for devices of any vendor', { kinds: ['plc'] }, ['plc', 'other-plc', 'no-vendor']],
  ['kinds and vendors together mean both', { kinds: ['plc'], vendors: ['siemens'] }, ['plc']],
  ['several vendors add up', { kinds: ['plc'], vendors: ['Siemens', 'allen-bradley'] }, ['plc', 'other-plc']],
  ['a named asset stays, whoever made it', { assets: ['no-vendor'], vendors: ['AG'] }, ['no-vendor', 'plc']],
  ['a named asset that matches counts once', { assets: ['plc'], vendors: ['Siemens AG'] }, ['plc']],
  ['a part of a word is no vendor', { vendors: ['Siem', 'mens', 'Auto'] }, []],
]

describe('a group', () => {
  for (const [name, group, expected] of rows)
    test(name, () => {
      assert.deepEqual(
        resolveEnd(siteOf(group), 'g')?.assets.map((each) => each.name),
        expected,
      )
    })

  test('needs an entry under vendors', () => {
    assert.throws(() => siteOf({ vendors: [] }))
    assert.throws(() => siteOf({ vendors: [''] }))
  })

  test('is told which of its vendors nothing has', () => {
    const site = siteOf({ vendors: ['Omron', 'Siemens', 'ABB'] })
    assert.deepEqual(unmatchedVendors(site, site.groups['g']!), [
      ['Omron', 0],
      ['ABB', 2],
    ])
  })
})

const words: readonly (readonly [string, string, boolean])[] = [
  ['Siemens AG', 'SIEMENS', true],
  ['Siemensmann GmbH', 'siemens', false],
  ['Rockwell Automation/Allen-Bradley', 'allen-bradley', true],
  ['Rockwell Automation/Allen-Bradley', 'automation/allen', true],
  ['GE Fanuc and GEFRAN', 'ge', true],
  ['GEFRAN', 'ge', false],
  ['AGE and GE', 'ge', true],
  ['Müller', 'm', false],
  ['Siemens', ' ', false],
]
for (const [text, wanted, has] of words)
  test(`${text} ${has ? 'has' : 'has not'} the words "${wanted}"`, () => assert.equal(hasWords(text, wanted), has))
