import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addressesIn } from './pattern.ts'

const rows: readonly [pattern: string, addresses: readonly string[] | undefined][] = [
  ["[ipv4-addr:value = '203.0.113.7']", ['203.0.113.7']],
  ["[ipv6-addr:value = '2001:db8::7']", ['2001:db8::7']],
  ["[ ipv4-addr:value='203.0.113.7' ]", ['203.0.113.7']],
  ["[ipv4-addr:value = '203.0.113.7' OR ipv4-addr:value = '203.0.113.8']", ['203.0.113.7', '203.0.113.8']],
  ["[ipv4-addr:value = '203.0.113.7'] OR [ipv4-addr:value = '203.0.113.8']", ['203.0.113.7', '203.0.113.8']],
  ["[ipv4-addr:value IN ('203.0.113.7', '203.0.113.8')]", ['203.0.113.7', '203.0.113.8']],
  ["[ipv4-addr:value ISSUBSET '198.51.100.0/24']", ['198.51.100.0/24']],
  ["[ipv4-addr:value = '203.0.113.7' AND network-traffic:dst_port = 80]", undefined],
  ["[ipv4-addr:value = '203.0.113.7'] AND [ipv4-addr:value = '203.0.113.8']", undefined],
  ["[ipv4-addr:value = '203.0.113.7'] FOLLOWEDBY [ipv4-addr:value = '203.0.113.8']", undefined],
  ["[ipv4-addr:value = '203.0.113.7'] WITHIN 60 SECONDS", undefined],
  ["[ipv4-addr:value != '203.0.113.7']", undefined],
  ["[NOT ipv4-addr:value = '203.0.113.7']", undefined],
  ["[ipv4-addr:value LIKE '203.%']", undefined],
  ["[domain-name:value = 'evil.example']", undefined],
  ["ipv4-addr:value = '203.0.113.7'", undefined],
  ['', undefined],
  [`[${"ipv4-addr:value = '203.0.113.7' OR ".repeat(2000)}ipv4-addr:value = '203.0.113.8']`, undefined],
  ['[ipv4-addr:value IN (' + "'1',".repeat(5000) + ']', undefined],
]
it('a pattern of nothing but spaces is read at once', () => {
  const begun = performance.now()
  const many = ' '.repeat(100_000)
  for (const pattern of [`[${many}x]`, `[ipv4-addr:value = '203.0.113.7'${many}x]`])
    assert.equal(addressesIn(pattern), undefined)
  assert.ok(performance.now() - begun < 30_000)
})

for (const [pattern, addresses] of rows)
  it(`${pattern.slice(0, 90)} names ${addresses?.join(', ') ?? 'nothing that a list could match'}`, () =>
    assert.deepEqual(addressesIn(pattern), addresses))
