import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  canonicalIp,
  cidrContains,
  cidrFirst,
  cidrLast,
  formatIp,
  formatIp4At,
  formatIp6At,
  isMulticast,
  parseCidr,
  parseIp,
} from './address.ts'

const canonical: readonly (readonly [sentence: string, text: string, expected: string | undefined])[] = [
  ['an IPv4 address stays as it is', '198.18.1.10', '198.18.1.10'],
  ['the highest IPv4 address stays as it is', '255.255.255.255', '255.255.255.255'],
  ['a leading zero is refused, because some read it as octal', '198.18.01.10', undefined],
  ['an octet over 255 is refused', '198.18.1.256', undefined],
  ['three octets are refused', '198.18.1', undefined],
  ['five octets are refused', '198.18.1.1.1', undefined],
  ['a blank is refused', ' 198.18.1.1', undefined],
  ['empty text is refused', '', undefined],
  ['a name is refused', 'hmi-1', undefined],
  ['leading zeros of a group go (RFC 5952, 4.1)', 'fd00:0198:0018:0001::000a', 'fd00:198:18:1::a'],
  ['capitals become lower case (4.3)', 'FD00::AB', 'fd00::ab'],
  ['the longest run of zeros is shortened (4.2.3)', '2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['of two equal runs the first is shortened (4.2.3)', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['a single zero group is not shortened (4.2.2)', '2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['all zeros are ::', '0:0:0:0:0:0:0:0', '::'],
  ['a run at the end is shortened', 'fd00:1:2:3:4:5::', 'fd00:1:2:3:4:5::'],
  ['an IPv4-mapped address is written mixed (5)', '::ffff:c612:10a', '::ffff:198.18.1.10'],
  ['an IPv4 tail is read', '::ffff:198.18.1.10', '::ffff:198.18.1.10'],
  ['two :: are refused', 'fd00::1::2', undefined],
  ['seven groups are refused', '1:2:3:4:5:6:7', undefined],
  [':: that stands for nothing is refused', '1:2:3:4::5:6:7:8', undefined],
  ['a group of five digits is refused', 'fd00::12345', undefined],
  ['a zone id is refused', 'fe80::1%eth0', undefined],
  ['a lone colon at the start is refused', ':1:2:3:4:5:6:7', undefined],
]
for (const [sentence, text, expected] of canonical)
  test(`canonicalIp: ${sentence}`, () => assert.equal(canonicalIp(text), expected))

const contains: readonly (readonly [sentence: string, cidr: string, ip: string, expected: boolean])[] = [
  ['the first address is inside', '198.18.1.64/26', '198.18.1.64', true],
  ['the last address is inside', '198.18.1.64/26', '198.18.1.127', true],
  ['the address before is outside', '198.18.1.64/26', '198.18.1.63', false],
  ['the address after is outside', '198.18.1.64/26', '198.18.1.128', false],
  ['host bits of the network do not matter', '198.18.1.70/26', '198.18.1.64', true],
  ['/0 contains everything of its family', '0.0.0.0/0', '203.0.113.1', true],
  ['/0 contains nothing of the other family', '0.0.0.0/0', 'fd00::1', false],
  ['/32 contains one address', '198.18.1.1/32', '198.18.1.2', false],
  ['an IPv6 network contains its addresses', 'fd00:198:18:1::/64', 'fd00:198:18:1:ffff::1', true],
  ['the next IPv6 network does not', 'fd00:198:18:1::/64', 'fd00:198:18:2::1', false],
  ['a malformed network contains nothing', '198.18.1.0/33', '198.18.1.1', false],
  ['a malformed address is nowhere', '198.18.1.0/24', 'hmi-1', false],
]
for (const [sentence, cidr, ip, expected] of contains)
  test(`cidrContains: ${sentence}`, () => assert.equal(cidrContains(cidr, ip), expected))

test('parseCidr keeps host bits', () => {
  assert.deepEqual(parseCidr('198.18.1.70/26'), { family: 4, value: 0xc6120146n, length: 26 })
  for (const text of ['198.18.1.0', '198.18.1.0/', '198.18.1.0/033', '198.18.1.0/ 24', 'fd00::/129', '/24'])
    assert.equal(parseCidr(text), undefined, text)
})

test('first and last address of networks', () => {
  assert.equal(cidrFirst('198.18.1.70/26'), '198.18.1.64')
  assert.equal(cidrLast('198.18.1.70/26'), '198.18.1.127')
  assert.equal(cidrLast('198.18.1.1/32'), '198.18.1.1')
  assert.equal(cidrLast('0.0.0.0/0'), '255.255.255.255')
  assert.equal(cidrLast('fd00::/126'), 'fd00::3')
  assert.equal(cidrLast('nonsense'), '')
})

test('multicast addresses are told from others', () => {
  assert.deepEqual(
    ['223.255.255.255', '224.0.0.1', '239.255.255.255', '240.0.0.0', 'ff02::1', 'fe80::1'].map(isMulticast),
    [false, true, true, false, true, false],
  )
})

test('formatting undoes parsing for random addresses, from numbers and from packet bytes', () => {
  let seed = 7
  const next = () => (seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0) >>> 16
  for (let round = 0; round < 2000; round++) {
    const groups = Array.from({ length: 8 }, () => (next() % 3 === 0 ? next() % 65_536 : 0))
    const bytes = Uint8Array.from(groups.flatMap((number) => [number >> 8, number & 255]))
    const value = groups.reduce((sum, number) => (sum << 16n) | BigInt(number), 0n)
    const text = formatIp(6, value)
    assert.deepEqual(parseIp(text), { family: 6, value }, text)
    assert.equal(formatIp6At(bytes, 0), text)
    const low = BigInt.asUintN(32, value)
    assert.deepEqual(parseIp(formatIp(4, low)), { family: 4, value: low })
    assert.equal(formatIp4At(bytes, 12), formatIp(4, low))
  }
})
