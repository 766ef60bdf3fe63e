import assert from 'node:assert/strict'
import { it } from 'node:test'
import { acceptable, afterOf, isTaxii, nextOf, PageQuery, versionsOf } from './answers.ts'

for (const [accept, takes] of [
  [undefined, true],
  ['application/taxii+json; version="2.1"', true],
  ['APPLICATION/TAXII+JSON', true],
  ['application/*', true],
  ['application/taxii+json;version=2.1;q=0', false],
  ['application/vnd.oasis.taxii+json', false],
  ['', false],
] as const)
  it(`Accept ${accept ?? 'that is absent'} ${takes ? 'takes' : 'does not take'} TAXII 2.1`, () =>
    assert.equal(acceptable(accept === undefined ? {} : { accept }), takes))

it('a page is found again by its mark, and nothing by another', () => {
  const time = new Date(1_795_255_200_123)
  assert.equal(afterOf(nextOf(time))?.getTime(), time.getTime())
  for (const wrong of ['', 'a', 'b12', 'a-1', 'a1;', `a${'z'.repeat(11)}`]) assert.equal(afterOf(wrong), undefined)
})
it('versions are words or times', () => {
  assert.deepEqual(versionsOf(), { first: false, last: true, all: false, at: [] })
  assert.equal(versionsOf(['first', '2026-11-21T10:00:00Z'])?.at.length, 1)
  assert.equal(versionsOf(['newest']), undefined)
})
for (const [header, is] of [
  ['application/taxii+json;version=2.1', true],
  ['application/taxii+json; charset=utf-8; version=2.1', true],
  ['application/taxii+json;version="2.1"; charset=UTF-8', true],
  ['application/taxii+json', false],
  ['application/taxii+json; charset=utf-8; version=2.0', false],
  ['application/stix+json;version=2.1', false],
  [undefined, false],
] as const)
  it(`what is sent as ${header ?? 'nothing'} is ${is ? '' : 'not '}TAXII 2.1`, () => assert.equal(isTaxii(header), is))

for (const [query, is] of [
  [{ 'match[type]': 'indicator', limit: '3' }, true],
  [{ 'match[confidence]': '90' }, false],
  [{ 'match[type]': 'indicator', 'match[__proto__]': '1' }, false],
  [{ utm_source: 'a proxy' }, true],
] as const)
  it(`the filter ${JSON.stringify(query)} is ${is ? '' : 'not '}taken`, () =>
    assert.equal(PageQuery.safeParse(query).success, is))
