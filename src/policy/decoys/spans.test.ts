import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { addressesOf, joined, readSpan, sizeOf, toAddress, without } from './spans.ts'

describe('a span', () => {
  const rows: readonly [string, string | undefined][] = [
    ['198.18.1.40', '198.18.1.40-198.18.1.40'],
    ['198.18.1.32/30', '198.18.1.32-198.18.1.35'],
    ['198.18.1.33/30', '198.18.1.32-198.18.1.35'],
    ['198.18.1.40-198.18.2.5', '198.18.1.40-198.18.2.5'],
    ['0.0.0.0/0', '0.0.0.0-255.255.255.255'],
    ['198.18.1.41-198.18.1.40', undefined],
    ['198.18.1.256', undefined],
    ['198.18.1.0/33', undefined],
    ['198.18.1', undefined],
    ['fd00::/64', undefined],
    ['', undefined],
    ['-', undefined],
  ]
  for (const [text, wanted] of rows)
    test(`${text || 'empty'} is ${wanted ?? 'none'}`, () => {
      const span = readSpan(text)
      assert.equal(span && `${toAddress(span.first)}-${toAddress(span.last)}`, wanted)
    })
})

describe('taking addresses away', () => {
  const rows: readonly [string, readonly string[], readonly string[], string][] = [
    ['nothing', ['10.0.0.1-10.0.0.3'], [], '1-3'],
    ['the first', ['10.0.0.1-10.0.0.3'], ['10.0.0.1'], '2-3'],
    ['the last', ['10.0.0.1-10.0.0.3'], ['10.0.0.3'], '1-2'],
    ['one in the middle', ['10.0.0.1-10.0.0.3'], ['10.0.0.2'], '1-1 3-3'],
    ['all', ['10.0.0.1-10.0.0.3'], ['10.0.0.0/29'], ''],
    ['what overlaps on both sides', ['10.0.0.4-10.0.0.8', '10.0.0.12'], ['10.0.0.0/30', '10.0.0.8-10.0.0.12'], '4-7'],
    [
      'several from several that touch',
      ['10.0.0.1', '10.0.0.2', '10.0.0.3-10.0.0.9'],
      ['10.0.0.2', '10.0.0.5-10.0.0.6', '10.0.0.6'],
      '1-1 3-4 7-9',
    ],
  ]
  const spans = (texts: readonly string[]) => texts.flatMap((text) => readSpan(text) ?? [])
  for (const [name, from, taken, left] of rows)
    test(name, () => {
      const found = without(spans(from), joined(spans(taken)))
      assert.equal(found.map(({ first, last }) => `${first % 256}-${last % 256}`).join(' '), left)
    })

  test('agrees with taking them away one by one', () => {
    let state = 7
    const roll = (below: number) => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) % below
    const some = () =>
      Array.from({ length: roll(6) }, () => roll(60)).map((first) => ({ first, last: first + roll(9) }))
    for (let run = 0; run < 2000; run++) {
      const [given, taken] = [some(), some()]
      const inside = (all: readonly { first: number; last: number }[], at: number) =>
        all.some(({ first, last }) => first <= at && at <= last)
      const wanted = Array.from({ length: 80 }, (_, at) => at).filter((at) => inside(given, at) && !inside(taken, at))
      const found = without(given, joined(taken))
      assert.deepEqual(addressesOf(found, 100), wanted.map(toAddress))
      assert.equal(sizeOf(found), wanted.length)
      assert.deepEqual(joined(found), found)
    }
  })
})
