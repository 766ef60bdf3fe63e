import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cidrText, networksOf, prefixesOf, privateNetworks } from './networks.ts'

describe('a set of networks', () => {
  const set = networksOf([
    '198.51.100.0/24',
    '203.0.113.7',
    '203.0.113.8/31',
    '198.51.0.0/16',
    '2001:db8::/32',
    'nonsense',
  ])
  const rows: readonly [text: string, touches: boolean][] = [
    ['198.51.100.1', true],
    ['198.51.200.1', true],
    ['198.52.0.0', false],
    ['203.0.113.6', false],
    ['203.0.113.9', true],
    ['203.0.113.10', false],
    ['203.0.112.0/22', true],
    ['203.0.113.0/30', false],
    ['0.0.0.0/0', true],
    ['2001:db8:ffff::1', true],
    ['2001:db9::', false],
    ['::/0', true],
    ['nonsense', false],
  ]
  for (const [text, touches] of rows)
    it(`${touches ? 'touches' : 'does not touch'} ${text}`, () => assert.equal(set.touches(text), touches))
})

describe('what is private', () => {
  const rows: readonly [ip: string, is: boolean][] = [
    ['10.255.255.255', true],
    ['172.15.255.255', false],
    ['172.31.0.1', true],
    ['172.32.0.0', false],
    ['192.168.1.1', true],
    ['100.127.0.1', true],
    ['100.128.0.1', false],
    ['169.254.169.254', true],
    ['127.0.0.1', true],
    ['239.1.2.3', true],
    ['255.255.255.255', true],
    ['198.18.0.1', false],
    ['::1', true],
    ['::', true],
    ['fd12::1', true],
    ['fe80::1', true],
    ['::ffff:10.0.0.1', true],
    ['2001:db8::1', false],
  ]
  for (const [ip, is] of rows) it(`${ip} ${is ? 'is' : 'is not'}`, () => assert.equal(privateNetworks.touches(ip), is))
})

describe('a network as others take it', () => {
  for (const [text, network] of [
    ['198.51.100.7/24', '198.51.100.0/24'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['2001:DB8::7', '2001:db8::7/128'],
    ['2001:db8::7/32', '2001:db8::/32'],
    ['1.2.3', undefined],
    ['1.2.3.4/33', undefined],
  ] as const)
    it(`${text} is ${network ?? 'none'}`, () => assert.equal(cidrText(text), network))
})

it('the networks around an address go from itself to the widest that a list may name', () => {
  const four = prefixesOf('203.0.113.7')
  assert.deepEqual(
    [four.length, four[0], four[8], four.at(-1)],
    [25, '203.0.113.7/32', '203.0.113.0/24', '203.0.0.0/8'],
  )
  const six = prefixesOf('2001:db8::7')
  assert.deepEqual([six.length, six.at(-1)], [113, '2001::/16'])
  assert.deepEqual(prefixesOf('nonsense'), [])
})
