import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareVersions, inRange, isEveryVersion, parseVersion } from './versions.ts'
import { processorMs } from '../../../../test/fixtures/processor.ts'

const order = (a: string, b: string): number | undefined => {
  const [first, second] = [parseVersion(a), parseVersion(b)]
  return first === undefined || second === undefined ? undefined : Math.sign(compareVersions(first, second))
}

describe('versions compare by their numbers', () => {
  const rows: readonly (readonly [a: string, b: string, order: number | undefined])[] = [
    ['V4.5.2', '4.5.2', 0],
    ['V4.5', 'V4.5.0', 0],
    ['V4.10.0', 'V4.9.9', 1],
    ['33.011', '33.11', 0],
    ['5.008', '5.028', -1],
    ['FW 2.10', 'SV3.20', -1],
    ['V15.0', 'V15.0 SP1', -1],
    ['V15.0 SP1', 'V15.0 SP1 Update 2', -1],
    ['V15.0 SP1 Update 2', 'V15.1', -1],
    ['V3.X.14', '3.2.14', undefined],
    ['unknown', '1', undefined],
    ['', '1', undefined],
    ['1'.repeat(300), '1', undefined],
  ]
  for (const [a, b, expected] of rows)
    test(`${a.slice(0, 20)} and ${b}`, () => {
      assert.equal(order(a, b), expected)
    })
})

describe('a version lies in a range', () => {
  const rows: readonly (readonly [version: string, range: string, expected: boolean | undefined])[] = [
    ['V4.4.0', '< V4.5.0', true],
    ['V4.5.0', '< V4.5.0', false],
    ['V4.5.0', '<=V4.5.0', true],
    ['V4.4', 'All versions < V4.5.0', true],
    ['V4.6', 'All versions < V4.5.0', false],
    ['V4.4', 'All versions prior to V4.5', true],
    ['V4.5', 'V4.5 and prior', true],
    ['V4.6', 'V4.5 and earlier', false],
    ['V4.6', 'versions 4.5 and later', true],
    ['18', '16 <= 20', true],
    ['21', '16 <= 20', false],
    ['15', '16 <= 20', false],
    ['4.2', '4.0 through 4.5', true],
    ['4.6', '4.0 through 4.5', false],
    ['4.6', '>= 4.0, < 4.6', false],
    ['4.5.9', '>= 4.0 and < 4.6', true],
    ['3.9', '>= 4.0 < 4.6', false],
    ['5.1', '< 4.0 || >= 5.0 < 5.2', true],
    ['4.5', '< 4.0 || >= 5.0 < 5.2', false],
    ['V7.0.2', 'vers:all/<V7.0.3', true],
    ['V7.0.3', 'vers:all/<V7.0.3', false],
    ['9', 'vers:all/*', true],
    ['1.5', 'vers:generic/>=1.0|<2.0|>=3.0|<3.4', true],
    ['2.5', 'vers:generic/>=1.0|<2.0|>=3.0|<3.4', false],
    ['3.3', 'vers:generic/>=1.0|<2.0|>=3.0|<3.4', true],
    ['1.2', 'vers:generic/1.1|1.2', true],
    ['1.3', 'vers:generic/1.1|1.2', false],
    ['1.2', 'vers:generic/>=1.0|!=1.2|<2.0', false],
    ['15.0', '< 15.0 SP1', true],
    ['15.0 SP1', '< 15.0 SP1', false],
    ['anything', '*', true],
    ['anything', 'All versions', true],
    ['anything', '< 2', undefined],
    ['1.0', 'versions before the recall', undefined],
    ['1.0', '', undefined],
    ['1.0', '<'.repeat(300), undefined],
  ]
  for (const [version, range, expected] of rows)
    test(`${version} in "${range.slice(0, 40)}" is ${expected}`, () => {
      assert.equal(inRange(version, range), expected)
    })

  test('every version is known as such', () => {
    for (const range of ['*', 'All versions', 'vers:all/*', 'vers:generic/*']) assert.equal(isEveryVersion(range), true)
    assert.equal(isEveryVersion('< 3'), false)
  })

  test('hostile text ends at once', () => {
    const from = processorMs()
    for (const text of ['a. :'.repeat(50), '1 and '.repeat(33), '<1 sp '.repeat(33), '- '.repeat(99)])
      inRange('1.0', text)
    for (const text of ['a. :'.repeat(50), '1.'.repeat(99)]) parseVersion(text)
    assert.ok(processorMs() - from < 500)
  })
})
