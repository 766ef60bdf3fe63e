import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isNeverDialled, meantBy, plainAddress } from './meant.ts'

describe('an address of IPv4 in the clothes of IPv6', () => {
  // Those of RFC 6052, 2.4 with the prefix of RFC 8215 are worked out from its figure 1.
  for (const [name, address, meant] of [
    ['mapped', '::ffff:192.0.2.33', []],
    ['compatible', '::192.0.2.33', ['192.0.2.33']],
    ['translated', '::ffff:0:c000:221', ['192.0.2.33']],
    ['NAT64', '64:ff9b::c000:221', ['192.0.2.33']],
    ['6to4', '2002:c000:221::1', ['192.0.2.33']],
    [
      'Teredo (RFC 4380, 4: server 65.54.227.120, client 192.0.2.45)',
      '2001:0:4136:e378:8000:63bf:3fff:fdd2',
      ['65.54.227.120', '192.0.2.45'],
    ],
    ['an ordinary one', '2001:db8::c000:221', []],
    ['IPv4 itself', '192.0.2.33', []],
  ] as const)
    it(name, () => assert.deepEqual(meantBy(plainAddress(address) ?? ''), meant))
  for (const [name, address] of [
    ['of 48 bits', '64:ff9b:1:c000:2:2100::'],
    ['of 56 bits', '64:ff9b:1:c0:0:221::'],
    ['of 64 bits', '64:ff9b:1:0:c0:2:2100::'],
    ['of 96 bits', '64:ff9b:1::c000:221'],
  ] as const)
    it(`NAT64 of a site with a prefix ${name}`, () => assert.ok(meantBy(address).includes('192.0.2.33')))
})

describe('the manager', () => {
  for (const [address, never] of [
    ['169.254.169.254', true],
    ['::ffff:169.254.169.254', true],
    ['::ffff:a9fe:a9fe', true],
    ['::a9fe:a9fe', true],
    ['::ffff:0:a9fe:a9fe', true],
    ['64:ff9b::a9fe:a9fe', true],
    ['64:ff9b:1:a9fe:a9:fe00::', true],
    ['64:ff9b:1:7:a9:fea9:fe00:0', true],
    ['64:ff9b::7f00:1', true],
    ['2002:a9fe:a9fe::1', true],
    ['2001:0:4136:e378:8000:63bf:5601:5601', true],
    ['fe80::1', true],
    ['fe80::1%eth0', true],
    ['fd00:ec2::254', true],
    ['fd20:ce::254', true],
    ['fd00:c1::a9fe:a9fe', true],
    ['100.100.100.200', true],
    ['168.63.129.16', true],
    ['0.0.0.0', true],
    ['::ffff:0.0.0.0', true],
    ['::', true],
    ['239.1.2.3', true],
    ['ff02::1', true],
    ['10.1.2.3', false],
    ['127.0.0.1', false],
    ['::1', false],
    ['fd12::1', false],
    ['2001:db8::1', false],
    ['64:ff9b::c633:6407', false],
    ['64:ff9b:1::c633:64e6', false],
    ['64:ff9b:1:0:c6:3364:e600:0', false],
    ['198.51.100.7', false],
  ] as const)
    it(`${never ? 'never dials' : 'may dial'} ${address}`, () =>
      assert.equal(isNeverDialled(plainAddress(address) ?? ''), never))
})
