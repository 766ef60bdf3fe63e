import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isPrivate, sourceIp } from './addresses.ts'

const rows: readonly [text: string, ip: string | undefined, isPrivate: boolean, why: string][] = [
  ['10.1.2.3', '10.1.2.3', true, 'RFC 1918'],
  ['172.16.0.1', '172.16.0.1', true, 'the first of 172.16/12'],
  ['172.31.255.254', '172.31.255.254', true, 'the last of 172.16/12'],
  ['172.32.0.1', '172.32.0.1', false, 'the one after 172.16/12'],
  ['192.168.7.7', '192.168.7.7', true, 'RFC 1918'],
  ['192.169.7.7', '192.169.7.7', false, 'beside it'],
  ['100.64.0.1', '100.64.0.1', true, 'shared by carriers'],
  ['100.127.255.1', '100.127.255.1', true, 'the end of shared space'],
  ['100.128.0.1', '100.128.0.1', false, 'beyond shared space'],
  ['169.254.9.9', '169.254.9.9', true, 'link-local'],
  ['198.18.1.40', '198.18.1.40', false, 'of the plant: one host in the whole fleet'],
  ['198.19.255.1', '198.19.255.1', false, 'of the plant, too'],
  ['203.0.113.5', '203.0.113.5', false, 'public'],
  ['fe80::1', 'fe80::1', true, 'link-local'],
  ['FD00:0:0::1', 'fd00::1', true, 'unique local, however it is written'],
  ['fec0::5', 'fec0::5', true, 'site-local'],
  ['2001:db8::1', '2001:db8::1', false, 'global'],
  ['::ffff:10.0.0.1', '10.0.0.1', true, 'IPv4 in IPv6, which hides nothing'],
  ['::ffff:7f00:1', undefined, false, 'loopback in IPv6'],
  ['127.0.0.1', undefined, false, 'loopback'],
  ['0.0.0.0', undefined, false, 'nobody'],
  ['224.0.0.5', undefined, false, 'multicast'],
  ['255.255.255.255', undefined, false, 'everybody'],
  ['::1', undefined, false, 'loopback'],
  ['ff02::1', undefined, false, 'multicast'],
  ['10.0.0.0/8', undefined, false, 'a network'],
  ['plc-fill', undefined, false, 'a name'],
]

describe('an address', () => {
  for (const [text, ip, hidden, why] of rows)
    it(`${text} is ${ip === undefined ? 'no source' : hidden ? 'private' : 'one host everywhere'}: ${why}`, () => {
      assert.equal(sourceIp(text), ip)
      if (ip !== undefined) assert.equal(isPrivate(ip), hidden)
    })
})
